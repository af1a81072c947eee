// What is on its way through a block's shared memory: two rings of stages, one of patches, one of
// columns (weights), each filled by TMA and emptied by the warps that multiply.
#pragma once

#include "kernels/cuda/hopper/operands.cuh"
#include "kernels/cuda/ptx/mbarrier.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

// How a block's shared memory is shared out. A patch lasts for all taps of a window, so that two
// are enough where there are many taps; all the rest is for columns.
struct StageCounts {
  int patches, columns;
  unsigned patch_bytes;  // from one patch to the next
};

inline constexpr int kMostStages = 8;
// Of the 227 KiB that a block may have; the barriers take the rest.
inline constexpr unsigned kSharedBytes = 226 << 10;

struct Barriers {
  MBarrier full[kMostStages], empty[kMostStages];
};

// One thread's place in a ring. The producer and the consumers each go round by themselves.
class Ring {
 public:
  __device__ Ring(Barriers& barriers, unsigned char* memory, unsigned stage_bytes, int stages)
      : barriers_(barriers), memory_(memory), stage_bytes_(stage_bytes), stages_(stages) {}

  // By one thread, before all others.
  __device__ void init(std::uint32_t consumer_warps) const {
    for (int i = 0; i < stages_; ++i) {
      barriers_.full[i].init(1);
      barriers_.empty[i].init(consumer_warps);
    }
  }

  __device__ unsigned char* stage() const { return memory_ + stage_ * stage_bytes_; }
  __device__ MBarrier& full() const { return barriers_.full[stage_]; }
  __device__ void advance() {
    if (++stage_ < stages_) return;
    stage_ = 0;
    parity_ ^= 1;
  }

  // The producer: waits until the stage is empty and announces what will come.
  __device__ void await_empty(std::uint32_t bytes) const {
    barriers_.empty[stage_].wait(parity_ ^ 1);
    full().arrive_expect_tx(bytes);
  }

  // A consumer: waits until the stage is full; later, its warp has done with it, or with the one
  // before it.
  __device__ void await_full() const { full().wait(parity_); }
  __device__ void give_back() const { give_back(stage_); }
  __device__ void give_back_last() const { give_back(stage_ == 0 ? stages_ - 1 : stage_ - 1); }

 private:
  __device__ void give_back(int stage) const {
    __syncwarp();
    if (lane_id() == 0) barriers_.empty[stage].arrive();
  }

  Barriers& barriers_;
  unsigned char* memory_;
  unsigned stage_bytes_;
  int stages_;
  int stage_ = 0;
  std::uint32_t parity_ = 0;
};

struct Pipeline {
  Ring patches, columns;

  __device__ Pipeline(const StageCounts& counts, unsigned column_bytes, Barriers (&barriers)[2],
                      unsigned char* shared)
      : patches(barriers[0], shared, counts.patch_bytes, counts.patches),
        columns(barriers[1], shared + counts.patches * counts.patch_bytes, column_bytes,
                counts.columns) {}
};

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
