// Moves boxes of a tensor between global and shared memory without registers: one thread asks, the
// copy engine works (sm_90). PTX ISA: "cp.async.bulk.tensor", "cp.async.bulk.commit_group",
// "cp.async.bulk.wait_group", "prefetch.tensormap".
//
// A box lies in shared memory as box[rank-1] x ... x box[1] rows of box[0] elements, dense, the
// 16-byte chunks permuted by the swizzle on their shared memory address (tile.h). It starts at a
// multiple of 128 bytes; to find its elements by SharedTile::offset, of the swizzle's pattern.
#pragma once

#include "kernels/cuda/ptx/mbarrier.h"
#include "kernels/cuda/ptx/tensor_map.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/tma.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// One instruction for each rank: `names` are its coordinates in the text, then come the operands.
#define BACKLIGHT_TMA_LOAD(rank, names, ...)                                                   \
  asm volatile("cp.async.bulk.tensor." #rank                                                   \
               "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {" names \
               "}], [%2];" ::"r"(to),                                                          \
               "l"(from), "r"(done), __VA_ARGS__                                               \
               : "memory")
#define BACKLIGHT_TMA_STORE(rank, names, ...)                                                    \
  asm volatile("cp.async.bulk.tensor." #rank "d.global.shared::cta.tile.bulk_group [%0, {" names \
               "}], [%1];" ::"l"(to),                                                            \
               "r"(from), __VA_ARGS__                                                            \
               : "memory")

// Loads the box at `coordinates` (of its first element; dimension 0 first; may be negative or
// beyond the tensor: those elements are 0) and completes its bytes, zeros included, on `barrier`.
template <typename T, int kRank, Swizzle kSwizzle, typename... Coordinates>
__device__ __forceinline__ void load_tensor(T* destination,
                                            const TensorMap<T, kRank, kSwizzle>& map,
                                            MBarrier& barrier, Coordinates... coordinates) {
  static_assert(sizeof...(Coordinates) == kRank, "a coordinate for each dimension of the tensor");
  const int c[kRank] = {static_cast<int>(coordinates)...};
#ifndef __CUDACC__
  backlight::sim::tma_load(destination, map.opaque, &barrier.opaque, c);
#elif __CUDA_ARCH__ >= 900
  const std::uint32_t to = shared_address(destination), done = shared_address(&barrier);
  const auto from = reinterpret_cast<std::uint64_t>(&map);
  if constexpr (kRank == 2) {
    BACKLIGHT_TMA_LOAD(2, "%3, %4", "r"(c[0]), "r"(c[1]));
  } else if constexpr (kRank == 3) {
    BACKLIGHT_TMA_LOAD(3, "%3, %4, %5", "r"(c[0]), "r"(c[1]), "r"(c[2]));
  } else if constexpr (kRank == 4) {
    BACKLIGHT_TMA_LOAD(4, "%3, %4, %5, %6", "r"(c[0]), "r"(c[1]), "r"(c[2]), "r"(c[3]));
  } else {
    BACKLIGHT_TMA_LOAD(5, "%3, %4, %5, %6, %7", "r"(c[0]), "r"(c[1]), "r"(c[2]), "r"(c[3]),
                       "r"(c[4]));
  }
#else
  __trap();
#endif
}

// The same into a tile that the box fills: one block of columns wide.
template <typename T, int kRank, int kRows, int kColumns, Swizzle kSwizzle, typename... Coordinates>
__device__ __forceinline__ void load_tensor(SharedTile<T, kRows, kColumns, kSwizzle> tile,
                                            const TensorMap<T, kRank, kSwizzle>& map,
                                            MBarrier& barrier, Coordinates... coordinates) {
  static_assert(kColumns == SharedTile<T, kRows, kColumns, kSwizzle>::kBlockColumns,
                "a box fills one block of columns: load part<rows>(row, block) of the tile");
#ifndef __CUDACC__
  backlight::sim::check_box(map.opaque, kRows, kColumns);
#endif
  load_tensor(tile.data, map, barrier, coordinates...);
}

// Stores a box from shared memory; what lies outside the tensor is dropped. Belongs to this
// thread's open group of stores. Stores of other threads to `source` went before it, each followed
// by its own fence_proxy_async() and a barrier.
template <typename T, int kRank, Swizzle kSwizzle, typename... Coordinates>
__device__ __forceinline__ void store_tensor(const TensorMap<T, kRank, kSwizzle>& map,
                                             const T* source, Coordinates... coordinates) {
  static_assert(sizeof...(Coordinates) == kRank, "a coordinate for each dimension of the tensor");
  const int c[kRank] = {static_cast<int>(coordinates)...};
#ifndef __CUDACC__
  backlight::sim::tma_store(map.opaque, source, c);
#elif __CUDA_ARCH__ >= 900
  const std::uint32_t from = shared_address(source);
  const auto to = reinterpret_cast<std::uint64_t>(&map);
  if constexpr (kRank == 2) {
    BACKLIGHT_TMA_STORE(2, "%2, %3", "r"(c[0]), "r"(c[1]));
  } else if constexpr (kRank == 3) {
    BACKLIGHT_TMA_STORE(3, "%2, %3, %4", "r"(c[0]), "r"(c[1]), "r"(c[2]));
  } else if constexpr (kRank == 4) {
    BACKLIGHT_TMA_STORE(4, "%2, %3, %4, %5", "r"(c[0]), "r"(c[1]), "r"(c[2]), "r"(c[3]));
  } else {
    BACKLIGHT_TMA_STORE(5, "%2, %3, %4, %5, %6", "r"(c[0]), "r"(c[1]), "r"(c[2]), "r"(c[3]),
                        "r"(c[4]));
  }
#else
  __trap();
#endif
}

#undef BACKLIGHT_TMA_LOAD
#undef BACKLIGHT_TMA_STORE

// Makes one group of this thread's stores since its last commit.
__device__ __forceinline__ void store_commit() {
#ifndef __CUDACC__
  backlight::sim::tma_store_commit();
#elif __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
#else
  __trap();
#endif
}

// Waits until at most kNewest of this thread's groups, the newest, still read shared memory: then
// the tiles of the others may be written again. A thread waits for 0 before it exits.
template <int kNewest>
__device__ __forceinline__ void store_wait_read() {
#ifndef __CUDACC__
  backlight::sim::tma_store_wait(kNewest);
#elif __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kNewest) : "memory");
#else
  __trap();
#endif
}

// Waits until at most kNewest of this thread's groups are unfinished: what the others stored is in
// global memory and visible to this thread.
template <int kNewest>
__device__ __forceinline__ void store_wait() {
#ifndef __CUDACC__
  backlight::sim::tma_store_wait(kNewest);
#elif __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.wait_group %0;" ::"n"(kNewest) : "memory");
#else
  __trap();
#endif
}

// Brings the map itself closer: one thread, at the kernel's start.
template <typename T, int kRank, Swizzle kSwizzle>
__device__ __forceinline__ void prefetch(const TensorMap<T, kRank, kSwizzle>& map) {
#ifndef __CUDACC__
  static_cast<void>(map);
#elif __CUDA_ARCH__ >= 900
  asm volatile("prefetch.tensormap [%0];" ::"l"(reinterpret_cast<std::uint64_t>(&map)) : "memory");
#else
  __trap();
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
