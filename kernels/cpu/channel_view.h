// One way to walk over either layout of [N,H,W,C].
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// A tensor whose last axis is channels, seen as [images][blocks][pixels][lanes]: element
// ((n * blocks + b) * pixels + p) * lanes + l is channel b * lanes + l. Row-major data has one
// block as wide as its channels; Layout::channels_in_16s has blocks of 16.
struct ChannelView {
  std::int64_t images, blocks, pixels, lanes;

  explicit ChannelView(const Tensor& x) {
    const std::int64_t channels = x.dim(-1);
    const bool blocked = x.layout() == Layout::channels_in_16s;
    lanes = blocked ? 16 : channels;
    blocks = blocked ? channels / 16 : 1;
    images = x.rank() > 1 ? x.dim(0) : 1;
    pixels = channels && images ? x.numel() / channels / images : 0;
  }
};

}  // namespace backlight::kernels
