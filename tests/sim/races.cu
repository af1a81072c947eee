// Data races: each kernel is right, or broken by one missing line, and the report names both sides.
#include "kernels/cuda/gpu.h"
#include "tests/sim/flag.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// --- Shared memory ---

__global__ void reverse(float* out, bool broken) {
  SHARED(tile, float[64]);
  tile[threadIdx.x] = static_cast<float>(threadIdx.x);  // here: reverse write
  if (!broken) __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];  // here: reverse read
}

TEST(Races, MissingSyncthreads) {
  const DeviceArray<float> out(64);
  const auto run = [&](bool broken) {
    launch({.kernel = "reverse", .block = dim3(64), .shapes = "[64]"}, reverse, out.data(), broken);
  };
  expect_clean([&] { run(false); });
  EXPECT_EQ(out.read()[3], 60);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    backlight::sim::set_seed(seed);
    const std::string report = report_of([&] { run(true); });
    // A thread that comes early finds the element unwritten; one that comes late finds the writer.
    if (report.starts_with("unwritten")) {
      EXPECT_TRUE(holds(report, {place("races.cu", "reverse read"), "shared variable tile"}));
      continue;
    }
    EXPECT_TRUE(
        holds(report, {"data race in shared memory", "kernel reverse", "[64]",
                       place("races.cu", "reverse write"), place("races.cu", "reverse read"),
                       "shared variable tile (256 bytes), byte ", "launch 1 with"}));
  }
}

__global__ void exchange(float* out, bool broken) {
  SHARED(tile, float[64]);
  tile[threadIdx.x] = 1;
  __syncthreads();
  const float before = tile[(threadIdx.x + 32) % 64];  // here: exchange read
  if (!broken) __syncthreads();
  tile[threadIdx.x] = 2;  // here: exchange write
  __syncthreads();
  out[threadIdx.x] = before + tile[threadIdx.x];
}

TEST(Races, WriteWhileOthersStillRead) {
  const DeviceArray<float> out(64);
  const auto run = [&](bool broken) {
    launch({.kernel = "exchange", .block = dim3(64)}, exchange, out.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); },
                {"data race in shared memory", place("races.cu", "exchange read"),
                 place("races.cu", "exchange write"), "by block (0,0,0), thread ("});
}

__global__ void write_one(float* out, bool broken) {
  SHARED(sum, float);
  if (!broken && threadIdx.x != 5) return;
  if (threadIdx.x == 5 || threadIdx.x == 9) sum = 1;  // here: two writers
  if (threadIdx.x == 5) out[0] = sum;
}

TEST(Races, TwoWritersInOneWarp) {
  const DeviceArray<float> out(1);
  const auto run = [&](bool broken) {
    launch({.kernel = "write_one", .block = dim3(32)}, write_one, out.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); },
                {"data race in shared memory", "thread (5,0,0)", "thread (9,0,0)",
                 place("races.cu", "two writers"), "shared variable sum (4 bytes), byte 0"});
}

// A warp's lanes do not run in step: they may only read one another's work after __syncwarp.
__global__ void rotate(float* out, bool broken) {
  SHARED(tile, float[2][32]);
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  tile[warp][lane] = 1;
  __syncthreads();
  tile[warp][lane] = static_cast<float>(lane);  // here: rotate write
  if (!broken) __syncwarp();
  out[threadIdx.x] = tile[warp][(lane + 1) % 32];  // here: rotate read
}

TEST(Races, MissingSyncwarp) {
  const DeviceArray<float> out(64);
  const auto run = [&](bool broken) {
    launch({.kernel = "rotate", .block = dim3(64)}, rotate, out.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); },
                {"data race in shared memory", place("races.cu", "rotate write"),
                 place("races.cu", "rotate read"), "shared variable tile (256 bytes)"});
}

// A collective of some lanes orders these, and no others.
__global__ void half_warps(float* out, bool broken) {
  SHARED(tile, float[32]);
  const unsigned lane = threadIdx.x, half = lane / 16;
  tile[lane] = 1;
  __syncthreads();
  tile[lane] = 2;  // here: half write
  __syncwarp(half ? 0xffff0000 : 0x0000ffff);
  const unsigned distance = broken ? 16 : 1;
  out[lane] = tile[lane ^ distance];  // here: half read
}

TEST(Races, SyncwarpOfTheWrongLanes) {
  const DeviceArray<float> out(32);
  const auto run = [&](bool broken) {
    launch({.kernel = "half_warps", .block = dim3(32)}, half_warps, out.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); }, {"data race in shared memory", place("races.cu", "half write"),
                                     place("races.cu", "half read")});
}

// Neighbouring elements of less than a word belong to different threads.
template <typename T>
__global__ void halves(T* x) {
  SHARED(tile, T[64]);
  tile[threadIdx.x] = x[threadIdx.x];
  tile[threadIdx.x] = static_cast<T>(tile[threadIdx.x] + 1);
  x[threadIdx.x] = tile[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = tile[threadIdx.x ^ 1];
}

TEST(Races, NeighboursInOneWordAreNone) {
  const DeviceArray<std::uint8_t> bytes(std::vector<std::uint8_t>(64, 3));
  const DeviceArray<std::uint16_t> shorts(std::vector<std::uint16_t>(64, 3));
  expect_clean([&] {
    launch({.kernel = "halves", .block = dim3(64)}, halves<std::uint8_t>, bytes.data());
    launch({.kernel = "halves", .block = dim3(64)}, halves<std::uint16_t>, shorts.data());
  });
}

// --- Global memory ---

__global__ void neighbours(float* x, float* y, bool broken) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int last = static_cast<int>(gridDim.x * blockDim.x) - 1;
  x[i] = static_cast<float>(i);     // here: block write
  y[i] = x[broken ? last - i : i];  // here: block read
}

TEST(Races, BlocksThatReadOneAnothersWork) {
  const DeviceArray<float> x(std::vector<float>(256, 0.0f)), y(256);
  const auto run = [&](bool broken) {
    launch({.kernel = "neighbours", .grid = dim3(4), .block = dim3(64)}, neighbours, x.data(),
           y.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); },
                {"data race between blocks in global memory", place("races.cu", "block write"),
                 place("races.cu", "block read"), "allocation of 1024 bytes, byte ", "by block (",
                 "the other: "});
}

// A read by one block before a write by another is one too, even with other readers after it.
__global__ void one_writes(float* x, float* y) {
  y[blockIdx.x] = x[0];                                             // here: many read
  if (blockIdx.x == gridDim.x / 2 && y[blockIdx.x] >= 0) x[0] = 1;  // here: one writes
}

TEST(Races, BlockThatWritesWhatOthersRead) {
  const DeviceArray<float> x(std::vector<float>(1, 0.0f)), y(8);
  expect_report(
      [&] { launch({.kernel = "one_writes", .grid = dim3(8)}, one_writes, x.data(), y.data()); },
      {"data race between blocks in global memory", place("races.cu", "one writes"),
       place("races.cu", "many read"), "block (4,0,0), thread (0,0,0)"});
}

__global__ void scratch(float* x, float* y, bool broken) {
  x[threadIdx.x] = 1;  // here: scratch write
  if (!broken) __syncthreads();
  y[threadIdx.x] = x[63 - threadIdx.x];  // here: scratch read
}

TEST(Races, GlobalMemoryWithinABlock) {
  const DeviceArray<float> x(std::vector<float>(64, 0.0f)), y(64);
  const auto run = [&](bool broken) {
    launch({.kernel = "scratch", .block = dim3(64)}, scratch, x.data(), y.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); },
                {"data race in global memory", place("races.cu", "scratch write"),
                 place("races.cu", "scratch read")});
}

__global__ void count_up(int* counter, float* sum, bool broken) {
  atomicAdd(counter, 1);  // here: atomic
  atomicAdd(sum, 0.5f);
  if (broken && blockIdx.x == 1 && threadIdx.x == 3) *counter = 0;  // here: plain
}

TEST(Races, AtomicsRaceOnlyWithOthers) {
  const DeviceArray<int> counter(std::vector<int>{0});
  const DeviceArray<float> sum(std::vector<float>{0});
  const auto run = [&](bool broken) {
    launch({.kernel = "count_up", .grid = dim3(4), .block = dim3(64)}, count_up, counter.data(),
           sum.data(), broken);
  };
  expect_clean([&] { run(false); });
  EXPECT_EQ(counter.read()[0], 50 * 256);
  EXPECT_EQ(sum.read()[0], 25 * 256);
  expect_report([&] { run(true); }, {"data race", "atomic operation", place("races.cu", "atomic"),
                                     place("races.cu", "plain"), "block (1,0,0), thread (3,0,0)"});
}

// --- Release and acquire ---

enum class Mistake { none, no_acquire, no_release, no_syncwarp };

// The first warp hands its work to the second through an elected lane, as with an mbarrier.
__global__ void pass_on(float* out, Mistake mistake) {
  SHARED(tile, float[32]);
  const unsigned lane = threadIdx.x % 32;
  if (threadIdx.x < 32) {
    tile[lane] = static_cast<float>(lane);  // here: producer
    if (mistake != Mistake::no_syncwarp) __syncwarp();
    if (lane == 0) raise_flag(mistake != Mistake::no_release);
  } else {
    await_flag(mistake != Mistake::no_acquire);
    out[lane] = tile[31 - lane];  // here: consumer
  }
}

TEST(Races, ReleaseAndAcquire) {
  const DeviceArray<float> out(32);
  const auto run = [&](Mistake mistake) {
    launch({.kernel = "pass_on", .block = dim3(64)}, pass_on, out.data(), mistake);
  };
  expect_clean([&] { run(Mistake::none); });
  EXPECT_EQ(out.read()[0], 31);
  for (const Mistake mistake : {Mistake::no_acquire, Mistake::no_release})
    expect_report([&] { run(mistake); },
                  {"data race in shared memory", place("races.cu", "producer"),
                   place("races.cu", "consumer"), "shared variable tile"});
  // The elected lane may come before others have written.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    backlight::sim::set_seed(seed);
    const std::string report = report_of([&] { run(Mistake::no_syncwarp); });
    EXPECT_TRUE(report.starts_with("data race") || report.starts_with("unwritten")) << report;
    EXPECT_TRUE(holds(report, {place("races.cu", "consumer"), "shared variable tile"}));
  }
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
