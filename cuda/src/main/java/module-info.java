/// Espalier's tensors on NVIDIA GPUs: a backend through JCuda's driver API and cuBLAS. Verified on
/// a software CUDA device, not yet run on hardware.
@org.jspecify.annotations.NullMarked
module org.espalier.cuda {
  requires transitive org.espalier.core;
  requires static transitive org.jspecify;
  requires java.logging; // JCuda logs, and says so nowhere
  requires jcublas;
  requires jcuda;

  exports org.espalier.cuda;

  provides org.espalier.spi.BackendProvider with
      org.espalier.cuda.CudaProvider;
}
