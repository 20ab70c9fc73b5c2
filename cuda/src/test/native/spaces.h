// The state spaces that an address can be of, each with its way to the bytes.
#pragma once

#include "decoder.h"
#include "warp.h"

namespace swcuda {

enum class Access { READ, WRITE, ATOMIC };

constexpr const char* nameOf(Access access) {
  return access == Access::READ ? "read" : access == Access::WRITE ? "write" : "atomic update";
}

struct GlobalSpace {
  template <Access access>
  static u8* at(Warp& warp, u64 address, u32 bytes, u32 lane, const Instruction& i) {
    return warp.block().global(address, bytes, nameOf(access), lane, i);
  }
  static constexpr bool counted = true;
};

struct SharedSpace {
  template <Access access>
  static u8* at(Warp& warp, u64 address, u32 bytes, u32 lane, const Instruction& i) {
    Block& block = warp.block();
    if constexpr (access == Access::READ) return block.readShared(address, bytes, warp, lane, i);
    if constexpr (access == Access::WRITE) return block.writeShared(address, bytes, warp, lane, i);
    return block.atomicShared(address, bytes, warp, lane, i);
  }
  static constexpr bool counted = false;
};

struct LocalSpace {
  template <Access access>
  static u8* at(Warp& warp, u64 address, u32 bytes, u32 lane, const Instruction&) {
    u64 size = warp.kernel().localBytes;
    if (address >= size || bytes > size - address || (address & (bytes - 1))) {
      throw Fault(ILLEGAL_ADDRESS,
                  format("%s of %u bytes at %llu of %llu bytes of local memory", nameOf(access), bytes,
                         static_cast<unsigned long long>(address), static_cast<unsigned long long>(size)),
                  static_cast<int>(lane));
    }
    return warp.local(lane) + address;
  }
  static constexpr bool counted = false;
};

/// The kernel's parameter block: only read.
struct ParameterSpace {
  template <Access access>
  static u8* at(Warp& warp, u64 address, u32 bytes, u32 lane, const Instruction&) {
    const std::vector<u8>& block = warp.block().launch().parameters;
    if (address >= block.size() || bytes > block.size() - address) {
      throw Fault(ILLEGAL_ADDRESS, format("read of %u bytes at %llu of the parameters", bytes, static_cast<unsigned long long>(address)),
                  static_cast<int>(lane));
    }
    return const_cast<u8*>(block.data()) + address;
  }
  static constexpr bool counted = false;
};

/// Any space: the address's window tells which.
struct GenericSpace {
  template <Access access>
  static u8* at(Warp& warp, u64 address, u32 bytes, u32 lane, const Instruction& i) {
    if (address - kSharedWindow < kWindow) return SharedSpace::at<access>(warp, address - kSharedWindow, bytes, lane, i);
    if (address - kLocalWindow < kWindow) return LocalSpace::at<access>(warp, address - kLocalWindow, bytes, lane, i);
    return GlobalSpace::at<access>(warp, address, bytes, lane, i);
  }
  static constexpr bool counted = true;
};

/// The addresses of a memory instruction: `a` holds 32 or 64 bits, `offset` comes on top.
class Addresses {
 public:
  Addresses(Warp& warp, const Instruction& i)
      : narrow_(warp.lanes<u32>(i.a)), wide_(warp.lanes<u64>(i.a)), offset_(static_cast<u64>(i.offset)), isNarrow_(i.mode & 1) {}

  u64 operator[](u32 lane) const {
    return isNarrow_ ? u64{static_cast<u32>(narrow_[lane] + static_cast<u32>(offset_))} : wide_[lane] + offset_;
  }

 private:
  const u32* narrow_;
  const u64* wide_;
  u64 offset_;
  bool isNarrow_;
};

/// Sets the fields that Addresses reads.
inline void setAddress(Decoder& decoder, Instruction& i, const Address& address) {
  i.a = address.slot;
  i.offset = address.offset;
  i.mode |= address.width == 4 ? 1 : 0;
  i.site = decoder.nextSite();
}

inline bool namesShared(const Statement& s) { return s.has("shared") || s.has("shared::cta"); }

}  // namespace swcuda
