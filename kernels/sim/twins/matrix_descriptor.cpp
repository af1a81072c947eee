#include "kernels/sim/twins/matrix_descriptor.h"

#include "tensor/error.h"

namespace backlight::sim {
namespace {

constexpr std::uint32_t kAddressMask = 0x3ffff;

// The value that a 14-bit field from bit `low` stands for.
std::uint32_t field(std::uint64_t descriptor, int low) {
  return static_cast<std::uint32_t>(descriptor >> low & 0x3fff) << 4;
}

// Chunk numbers are XORed with as many bits of the number of the 128-byte line.
std::uint32_t swizzle(std::uint32_t address, std::uint32_t span) {
  const std::uint32_t line = address >> 7;
  return (address ^ (line & (span / 16 - 1)) * 16) & kAddressMask;
}

}  // namespace

std::uint32_t MatrixOperand::k_major_chunk(std::uint32_t row, std::uint32_t half) const {
  const std::uint32_t next = span == 16 ? leading : 16;
  return swizzle(start + row / 8 * stride + row % 8 * span + half * next, span);
}

std::uint32_t MatrixOperand::mn_major_chunk(std::uint32_t group, std::uint32_t k) const {
  const std::uint32_t chunks = span / 16;
  const std::uint32_t next_block = span == 16 ? stride : leading;
  const std::uint32_t next_k = span == 16 ? leading : stride;
  return swizzle(
      start + group / chunks * next_block + group % chunks * 16 + k / 8 * next_k + k % 8 * span,
      span);
}

MatrixOperand decode_matrix(std::uint64_t descriptor, bool mn_major, std::string& problem) {
  constexpr std::uint64_t kUnused = std::uint64_t{3} << 14 | std::uint64_t{3} << 30 |
                                    std::uint64_t{7} << 46 | std::uint64_t{0x3ff} << 52;
  constexpr std::uint32_t kSpans[4] = {16, 128, 64, 32};
  MatrixOperand operand;
  operand.start = field(descriptor, 0);
  operand.leading = field(descriptor, 16);
  operand.stride = field(descriptor, 32);
  operand.span = kSpans[descriptor >> 62];
  operand.mn_major = mn_major;
  if (descriptor & kUnused) {
    problem = "a wgmma descriptor has bits set that must be 0";
  } else if (descriptor >> 49 & 7) {
    problem =
        "a wgmma descriptor has a base offset; the simulator wants the tile where the "
        "swizzle's pattern starts";
  } else if (operand.span > 16) {
    const std::uint32_t in_pattern = operand.start % (8 * operand.span);
    if (in_pattern >= operand.span || (mn_major && in_pattern != 0)) {
      problem =
          str("a wgmma operand at shared address ", operand.start, " does not start where the ",
              operand.span, "-byte swizzle's pattern does, at a multiple of ", 8 * operand.span);
    } else if (!mn_major && in_pattern + 32 > operand.span) {
      problem = str("the k step of a wgmma operand at shared address ", operand.start,
                    " leaves its row of ", operand.span, " bytes");
    }
  }
  return operand;
}

}  // namespace backlight::sim
