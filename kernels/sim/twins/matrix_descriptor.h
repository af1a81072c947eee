// Reads a wgmma matrix descriptor and finds the operand's bytes in shared memory.
// PTX ISA: "Shared Memory Matrix Layout", "Matrix Descriptor Format".
#pragma once

#include <cstdint>
#include <string>

namespace backlight::sim {

struct MatrixOperand {
  std::uint32_t start = 0;    // shared address of the first element, before the swizzle
  std::uint32_t leading = 0;  // leading dimension byte offset
  std::uint32_t stride = 0;   // stride dimension byte offset
  std::uint32_t span = 16;    // bytes that are swizzled together; 16 is no swizzle
  bool mn_major = false;

  // Shared address of 16 bytes of the operand: for K-major those of row `row` (of M or N) and half
  // `half` of the k step; for MN-major the 8 elements from 8 `group` on of row `k`.
  std::uint32_t k_major_chunk(std::uint32_t row, std::uint32_t half) const;
  std::uint32_t mn_major_chunk(std::uint32_t group, std::uint32_t k) const;
};

// What the descriptor says. `problem` is set to a sentence if wgmma has no such operand: bits that
// must be 0, a start that is not where the swizzle's pattern starts (a base offset, which would say
// where it does, is refused too), a k step that leaves its row.
MatrixOperand decode_matrix(std::uint64_t descriptor, bool mn_major, std::string& problem);

}  // namespace backlight::sim
