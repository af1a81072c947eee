#include "kernels/sim/twins/ldmatrix.h"

#include <cstring>

#include "kernels/sim/twins/whole_warp.h"
#include "tensor/error.h"

namespace backlight::sim {
namespace {

struct Arguments {
  std::uint32_t* result;
  const void* row;
};

// A matrix as its rows lie in memory.
using Matrix = std::uint16_t[8][8];

void read_row(void* const (&lanes)[kWarpSize], std::uint32_t source, std::uint16_t (&row)[8]) {
  const ActingLane acting(source);
  const void* address = static_cast<Arguments*>(lanes[source])->row;
  if (!is_shared(address)) {
    fault(str("ldmatrix: lane ", source, " gives a row that is not in shared memory"));
  }
  read_checked(address, sizeof row);
  std::memcpy(row, address, sizeof row);
}

template <int kMatrices, bool kTransposed>
void execute(void* const (&lanes)[kWarpSize]) {
  for (std::uint32_t i = 0; i < kMatrices; ++i) {
    Matrix matrix;
    for (std::uint32_t r = 0; r < 8; ++r) read_row(lanes, 8 * i + r, matrix[r]);
    for (std::uint32_t l = 0; l < kWarpSize; ++l) {
      const std::uint32_t along = l / 4, across = l % 4 * 2;
      const std::uint32_t low = kTransposed ? matrix[across][along] : matrix[along][across];
      const std::uint32_t high =
          kTransposed ? matrix[across + 1][along] : matrix[along][across + 1];
      static_cast<Arguments*>(lanes[l])->result[i] = low | high << 16;
    }
  }
  count(Instruction::matrix_load, 1, kMatrices * sizeof(Matrix));
}

template <bool kTransposed>
void load(const char* what, int matrices, Arguments& arguments) {
  switch (matrices) {
    case 1: return whole_warp<execute<1, kTransposed>>(what, &arguments);
    case 2: return whole_warp<execute<2, kTransposed>>(what, &arguments);
    default: return whole_warp<execute<4, kTransposed>>(what, &arguments);
  }
}

}  // namespace

void ldmatrix(std::uint32_t* result, int matrices, const void* row, bool transposed) {
  const CallSite site(__builtin_return_address(0));
  Arguments arguments{result, row};
  if (transposed) {
    load<true>("ldmatrix.trans", matrices, arguments);
  } else {
    load<false>("ldmatrix", matrices, arguments);
  }
}

}  // namespace backlight::sim
