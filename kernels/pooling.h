// Max pooling over square windows of [N,H,W,C], without padding.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

struct PoolGeometry {
  std::int64_t window = 2;
  std::int64_t stride = 2;
};

// Where in its window each pooled element was found.
struct PoolIndex {
  Tensor position;  // uint8, the shape of the pooled tensor: row * window + column, or kNowhere
  PoolGeometry geometry;
  Shape input_shape;
};

// Marks an element through which nothing flows back: a ReLU before the pooling was closed.
inline constexpr std::uint8_t kNowhere = 255;

// The shape of max pooling over [N,H,W,C]. Errors: a window that does not fit, or over 15.
Shape pooled_shape(const Shape& x, PoolGeometry at);

// y[n,p,q,c] = max over the window of x. The first maximum in row-major order wins a tie, and NaN
// wins over everything, as in PyTorch. Fills *index if it is not null; with `after_relu`, x is
// known to have passed a ReLU and elements that are not positive get kNowhere.
Tensor max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index,
                  bool after_relu = false);

// The transpose of picking: adds g[n,p,q,c] to the element of a zero tensor of index.input_shape
// that it was picked from.
Tensor unpool2d(const Tensor& g, const PoolIndex& index);

// Picks the indexed elements: y[n,p,q,c] = x at index[n,p,q,c], 0 for kNowhere.
Tensor pick_pooled(const Tensor& x, const PoolIndex& index);

}  // namespace backlight::kernels
