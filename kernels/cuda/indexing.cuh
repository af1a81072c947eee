// NumPy's broadcasting as an index walk: where the elements of an output lie in tensors that are
// repeated to its shape, none of which is ever written out.
#pragma once

#include <array>

#include "kernels/cuda/gpu.h"
#include "tensor/shape.h"

namespace backlight::kernels::BACKLIGHT_GPU {

inline constexpr int kMaxAxes = 8;

// Axes of the output, innermost first, and the operands' strides along them: 0 where an operand is
// repeated. Axes over which every operand goes on as it did are joined, so that tensors of one
// shape have a single axis, and a matrix and its bias two.
template <int kOperands, typename Index>
struct Broadcast {
  int axes = 0;
  Index extent[kMaxAxes] = {};
  Index stride[kOperands][kMaxAxes] = {};

  struct Positions {
    Index of[kOperands];
  };

  __device__ Positions at(Index element) const {
    Positions positions = {};
#pragma unroll
    for (int axis = 0; axis < kMaxAxes; ++axis) {
      if (axis >= axes) break;
      const bool outermost = axis + 1 == axes;
      const Index outer = outermost ? 0 : element / extent[axis];
      const Index coordinate = element - outer * extent[axis];
#pragma unroll
      for (int o = 0; o < kOperands; ++o) positions.of[o] += coordinate * stride[o][axis];
      element = outer;
    }
    return positions;
  }
};

// Errors: more than kMaxAxes axes that cannot be joined.
template <int kOperands, typename Index>
Broadcast<kOperands, Index> broadcast_of(const std::array<Shape, kOperands>& operands,
                                         const Shape& output) {
  Broadcast<kOperands, Index> walk;
  std::array<std::int64_t, kOperands> reached;  // the stride of each operand's next axis
  reached.fill(1);
  for (std::int64_t axis = 1; axis <= output.rank(); ++axis) {
    if (output[-axis] == 1) continue;
    Index stride[kOperands];
    bool joins = walk.axes > 0;
    for (int o = 0; o < kOperands; ++o) {
      const Shape& shape = operands[static_cast<std::size_t>(o)];
      const bool repeated = axis > shape.rank() || shape[-axis] == 1;
      std::int64_t& next = reached[static_cast<std::size_t>(o)];
      stride[o] = repeated ? 0 : static_cast<Index>(next);
      if (!repeated) next *= shape[-axis];
      if (joins) {
        const int last = walk.axes - 1;
        joins = stride[o] == walk.stride[o][last] * walk.extent[last];
      }
    }
    if (joins) {
      walk.extent[walk.axes - 1] *= static_cast<Index>(output[-axis]);
      continue;
    }
    require(walk.axes < kMaxAxes, "shapes that broadcast to ", output, " along more than ",
            kMaxAxes, " separate axes are not supported on GPUs; broadcast in two steps");
    walk.extent[walk.axes] = static_cast<Index>(output[-axis]);
    for (int o = 0; o < kOperands; ++o) walk.stride[o][walk.axes] = stride[o];
    ++walk.axes;
  }
  return walk;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
