// Max pooling of some images of a batch, for the convolution that computes an image at a time.
#pragma once

#include "kernels/pooling.h"

namespace backlight::kernels {

// max_pool2d (kernels/pooling.h) of the images in x, as the images from `first` on of y and, if it
// is not null, of index: both of the whole batch, which is not empty, and in the layout of x.
void max_pool2d_into(const Tensor& x, PoolGeometry geometry, bool after_relu, std::int64_t first,
                     Tensor& y, PoolIndex* index);

// An index to be filled for a batch of this shape and layout.
PoolIndex new_pool_index(const Shape& x, Layout layout, PoolGeometry geometry);

}  // namespace backlight::kernels
