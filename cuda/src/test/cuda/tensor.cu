// What devices of capability 8.0 have besides: products on tensor cores, matrix loads, copies that run beside.

#define KERNEL extern "C" __global__ void __launch_bounds__(32)
typedef unsigned short half_bits;

__device__ unsigned shared_address(const void* p) { return (unsigned)__cvta_generic_to_shared(p); }

// C = A B, one warp: A is 16 x 16 bf16 by rows, B is 16 x 8 bf16 by rows, C is 16 x 8 f32 by rows.
KERNEL product(float* c, const half_bits* a, const half_bits* b) {
  __shared__ __align__(16) half_bits left[16][16];
  __shared__ __align__(16) half_bits right[16][8];
  int lane = threadIdx.x;
  // 16 bytes a lane: all of A, and the first half of the lanes B.
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&left[0][0] + lane * 8)), "l"(a + lane * 8));
  asm volatile("cp.async.commit_group;");
  if (lane < 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&right[lane][0])), "l"(b + lane * 8));
  }
  asm volatile("cp.async.commit_group;");
  asm volatile("cp.async.wait_group 0;");
  __syncwarp();
  unsigned fa[4];
  unsigned fb[2];
  float sum[4] = {0.f, 0.f, 0.f, 0.f};
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(fa[0]), "=r"(fa[1]), "=r"(fa[2]), "=r"(fa[3])
               : "r"(shared_address(&left[lane % 16][lane / 16 * 8])));
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
               : "=r"(fb[0]), "=r"(fb[1])
               : "r"(shared_address(&right[lane % 16][0])));
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
               : "r"(fa[0]), "r"(fa[1]), "r"(fa[2]), "r"(fa[3]), "r"(fb[0]), "r"(fb[1]));
  int row = lane / 4;
  int column = lane % 4 * 2;
  c[row * 8 + column] = sum[0];
  c[row * 8 + column + 1] = sum[1];
  c[(row + 8) * 8 + column] = sum[2];
  c[(row + 8) * 8 + column + 1] = sum[3];
}

// Wrong: reads what it has not waited for.
KERNEL reads_too_early(float* out, const float* x) {
  __shared__ float part[32];
  int lane = threadIdx.x;
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(shared_address(part + lane)), "l"(x + lane));
  asm volatile("cp.async.commit_group;");
  __syncwarp();
  out[lane] = part[lane];
  asm volatile("cp.async.wait_all;");
}

KERNEL sums_by_redux(int* out, const int* x) { out[threadIdx.x] = __reduce_add_sync(0xffffffffu, x[threadIdx.x]); }
