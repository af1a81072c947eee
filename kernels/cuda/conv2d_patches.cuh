// The patches of a convolution as operands of a block's product: see matrix/multiply.cuh. They are
// copied kWidth floats at a time: 4, or 1 where channels are no multiple of 4.
#pragma once

#include "kernels/cuda/conv2d_geometry.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

// kRows rows of A from `first` on. A thread copies four k of several rows, like MatrixRows.
template <int kRows, int kThreads, int kWidth>
class Patches {
 public:
  using Shared = KMajorTile<kRows>;

  __device__ Patches(const Convolution& convolution, int first) : c_(convolution) {
#pragma unroll
    for (int i = 0; i < kPatches; ++i) patches_[i] = patch_at(c_, first + row(i));
#pragma unroll
    for (int j = 0; j < kTaps; ++j) taps_[j] = tap_at(c_, chunk() * 4 + place(j));
  }

  __device__ __forceinline__ void load(Shared to) {
#pragma unroll
    for (int j = 0; j < kTaps; ++j) {
#pragma unroll
      for (int i = 0; i < kPatches; ++i)
        copy_patch<kWidth>(c_, patches_[i], taps_[j], to.at(row(i), chunk() * 4 + place(j)));
      advance(c_, taps_[j], kDepth);
    }
  }

 private:
  static constexpr int kPatches = kRows * 8 / kThreads, kTaps = 4 / kWidth;
  static_assert(kPatches * kThreads == kRows * 8, "the threads do not share the copying evenly");
  // Where in its chunk of four floats the thread's copy j goes.
  __device__ static int place(int j) { return kWidth == 4 ? 0 : in_turn(j); }
  __device__ static int chunk() { return static_cast<int>(threadIdx.x) % 8; }
  __device__ static int row(int i) {
    return static_cast<int>(threadIdx.x) / 8 + i * (kThreads / 8);
  }

  const Convolution& c_;
  Patch patches_[kPatches];
  Tap taps_[kTaps];
};

// kColumns columns of A from `first` on, from row `first_row` on: the operand of the weight
// gradient, whose sum runs over the pixels. A thread copies the same taps of several pixels.
template <int kColumns, int kThreads, int kWidth>
class PatchColumns {
 public:
  using Shared = MnMajorTile<kColumns>;

  __device__ PatchColumns(const Convolution& convolution, int first, int first_row)
      : c_(convolution), row_(first_row + static_cast<int>(threadIdx.x) / kChunks) {
#pragma unroll
    for (int j = 0; j < kTaps; ++j) taps_[j] = tap_at(c_, first + chunk() * 4 + place(j));
  }

  __device__ __forceinline__ void load(Shared to) {
#pragma unroll
    for (int i = 0; i < kDepth / kStep; ++i) {
      const Patch patch = patch_at(c_, row_ + i * kStep);
      float* const to_chunk =
          to.at(static_cast<int>(threadIdx.x) / kChunks + i * kStep, chunk() * 4);
#pragma unroll
      for (int j = 0; j < kTaps; ++j) copy_patch<kWidth>(c_, patch, taps_[j], to_chunk + place(j));
    }
    row_ += kDepth;
  }

 private:
  static constexpr int kChunks = kColumns / 4, kStep = kThreads / kChunks, kTaps = 4 / kWidth;
  static_assert(kStep * kChunks == kThreads && kDepth % kStep == 0,
                "the threads do not share the copying evenly");
  // Where in its chunk of four floats the thread's copy j goes.
  __device__ static int place(int j) { return kWidth == 4 ? 0 : in_turn(j); }
  __device__ static int chunk() { return static_cast<int>(threadIdx.x) % kChunks; }

  const Convolution& c_;
  int row_;
  Tap taps_[kTaps];
};

}  // namespace backlight::kernels::BACKLIGHT_GPU
