// How a product leaves the registers on Hopper: as a convolution's pixels, with what
// ../conv2d_output.cuh can do to them, pooled, or as the transpose of a matrix.
//
// A thread's values of 8 columns of D, 2 rows: lane (g, t) = (lane / 4, lane % 4) of a warp has the
// columns 2 t and 2 t + 1 of the rows g and g + 8 of its block. Nothing passes through shared
// memory, whose stages are filling for the next tile meanwhile: lanes exchange what makes whole
// sectors of 32 bytes.
#pragma once

#include "kernels/cuda/conv2d_output.cuh"
#include "kernels/cuda/hopper/multiply.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

// Where the running thread's two rows of a fragment are in the image of D.
struct TwoPixels {
  Pixel at[2];
  bool inside[2];

  __device__ TwoPixels(const Patches& patches, const Pixel& origin, int block) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const Pixel in_box = patches.in_box(block, lane_id() / 4 + 8 * i);
      at[i] = {origin.image + in_box.image, origin.row + in_box.row, origin.column + in_box.column};
      inside[i] = at[i].image < patches.images && at[i].row < patches.height &&
                  at[i].column < patches.width;
    }
  }
};

// Two groups of 8 columns: each lane gives two values of each and gets four neighbours of one, the
// lanes t = 0, 2 of the first group, t = 1, 3 of the second.
__device__ __forceinline__ float4 four_columns(float a0, float a1, float b0, float b1) {
  const bool odd = lane_id() % 2 == 1;
  const float other0 = __shfl_xor_sync(0xffffffff, odd ? a0 : b0, 1);
  const float other1 = __shfl_xor_sync(0xffffffff, odd ? a1 : b1, 1);
  return odd ? make_float4(other0, other1, b0, b1) : make_float4(a0, a1, other0, other1);
}
// The first of them within the 16 columns.
__device__ __forceinline__ int first_of_four() {
  const int t = lane_id() % 4;
  return t % 2 * 8 + t / 2 * 4;
}

// y where the bits of a mask at four columns are set, else 0.
__device__ __forceinline__ float4 masked(unsigned bits, const float4& v) {
  return make_float4(bits & 1 ? v.x : 0.0f, bits & 2 ? v.y : 0.0f, bits & 4 ? v.z : 0.0f,
                     bits & 8 ? v.w : 0.0f);
}
__device__ __forceinline__ unsigned positive_bits(const float4& v) {
  return (v.x > 0) | (v.y > 0) << 1 | (v.z > 0) << 2 | (v.w > 0) << 3;
}

// The pixels of a convolution. `channels`, of D, is a multiple of 64; y, bias and masks are aligned
// to 16 bytes.
struct PixelOutput {
  ConvolutionOutput to;
  int channels;

  template <int kN>
  __device__ __forceinline__ void store(const Accumulator<kN>& d, const Patches& patches,
                                        const Pixel& origin, int block, int first_column,
                                        int /*part*/) const {
    const TwoPixels pixels(patches, origin, block);
    std::int64_t at[2];
    // A mask's words are wanted before the first store, so that they are waited for only once.
    unsigned passing[2][kN / 32], open[2] = {};
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const Pixel& p = pixels.at[i];
      const std::int64_t pixel =
          (static_cast<std::int64_t>(p.image) * patches.height + p.row) * patches.width + p.column;
      at[i] = pixel * channels + first_column;
#pragma unroll
      for (int word = 0; word < kN / 32; ++word)
        passing[i][word] = to.mask && pixels.inside[i]
                               ? load_vector<unsigned>(to.mask + at[i] / 8 + 4 * word)
                               : ~0u;
    }
#pragma unroll
    for (int word = 0; word < kN / 32; ++word) {
      const int column = 32 * word + first_of_four();
      const float4 bias[2] = {bias_at(first_column + column), bias_at(first_column + column + 16)};
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        unsigned positive = 0;
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const auto value = [&](int j) { return d.value(16 * word + 8 * half + 2 * i + j); };
          const int bit = 16 * half + first_of_four();
          const float4 sums = four_columns(value(0), value(1), value(4), value(5));
          const float4 y = masked(passing[i][word] >> bit, activate(sums, bias[half], to.relu));
          positive |= positive_bits(y) << bit;
          if (pixels.inside[i]) store_vector(to.y + at[i] + column + 16 * half, y);
        }
        if (to.open) collect(positive, word, open[i]);
      }
    }
    if (!to.open || lane_id() % 4 >= kN / 32) return;
#pragma unroll
    for (int i = 0; i < 2; ++i)
      if (pixels.inside[i]) store_vector(to.open + at[i] / 8 + lane_id() % 4 * 4, open[i]);
  }

 private:
  __device__ __forceinline__ float4 bias_at(int column) const {
    return to.bias ? load_vector<float4>(to.bias + column) : make_float4(0, 0, 0, 0);
  }

  // The four lanes of a row have 8 bits each of a word; lane `word` of them keeps it.
  __device__ __forceinline__ static void collect(unsigned bits, int word, unsigned& kept) {
    bits |= __shfl_xor_sync(0xffffffff, bits, 1);
    bits |= __shfl_xor_sync(0xffffffff, bits, 2);
    if (lane_id() % 4 == word) kept = bits;
  }
};

// The maxima of 2x2 windows of a convolution's pixels after their ReLU, and where they were.
//
// Rows g and g + 8 of a block are above each other, g and g + 1 side by side: the lanes (g, t) and
// (g + 1, t) have a window of two columns and take one each.
struct PooledOutput {
  ConvolutionOutput to;
  int channels;

  template <int kN>
  __device__ __forceinline__ void store(const Accumulator<kN>& d, const Patches& patches,
                                        const Pixel& origin, int block, int first_column,
                                        int /*part*/) const {
    const TwoPixels pixels(patches, origin, block);
    const bool right = lane_id() / 4 % 2 == 1;
    const Pixel& p = pixels.at[0];
    const std::int64_t window =
        (static_cast<std::int64_t>(p.image) * (patches.height / 2) + p.row / 2) *
            (patches.width / 2) +
        p.column / 2;
#pragma unroll
    for (int group = 0; group < kN / 8; ++group) {
      const auto value = [&](int i) { return d.value(4 * group + i); };
      const float upper = right ? value(1) : value(0), lower = right ? value(3) : value(2);
      const float other_upper = __shfl_xor_sync(0xffffffff, right ? value(0) : value(1), 4);
      const float other_lower = __shfl_xor_sync(0xffffffff, right ? value(2) : value(3), 4);
      if (!pixels.inside[0]) continue;
      const int column = first_column + 8 * group + lane_id() % 4 * 2 + right;
      const float bias = to.bias ? to.bias[column] : 0.0f;
      const auto activated = [&](float value) { return activate(value, bias, true); };
      const Maximum maximum(
          activated(right ? other_upper : upper), activated(right ? upper : other_upper),
          activated(right ? other_lower : lower), activated(right ? lower : other_lower));
      to.y[window * channels + column] = maximum.value;
      if (to.position)
        to.position[window * channels + column] = static_cast<std::uint8_t>(maximum.position);
    }
  }
};

// D transposed: its rows are the columns of C, or of one part of C.
struct TransposedOutput {
  float* c;  // [parts][rows][columns]
  int rows, columns;

  template <int kN>
  __device__ __forceinline__ void store(const Accumulator<kN>& d, const Patches& patches,
                                        const Pixel& origin, int block, int first_column,
                                        int part) const {
    const TwoPixels pixels(patches, origin, block);
    float* const to = c + static_cast<std::int64_t>(part) * rows * columns;
#pragma unroll
    for (int i = 0; i < kN / 2; ++i) {
      const int half = i / 2 % 2;
      const int row = first_column + Accumulator<kN>::column(static_cast<int>(threadIdx.x), i);
      if (row < rows && pixels.inside[half])
        to[static_cast<std::int64_t>(row) * columns + pixels.at[half].column] = d.values[i];
    }
  }
};

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
