// Copies and reads that go on by themselves, through the seam that the twins of cp.async, TMA and
// wgmma are built on.
#include "kernels/cuda/gpu.h"
#include "tests/sim/copier.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

enum class Slip { none, write_early, no_wait, no_acquire };

// The first thread starts a copy, waits for it, and the barrier tells the others.
__global__ void copy_in(const float* x, float* y, Slip slip) {
  SHARED(tile, float[32]);
  if (threadIdx.x == 0) {
    start_copy(tile, x, 128);                    // here: start
    if (slip == Slip::write_early) tile[3] = 0;  // here: early write
    if (slip != Slip::no_wait) finish_copies();
  }
  __syncthreads();
  if (slip != Slip::no_wait) y[threadIdx.x] = tile[threadIdx.x];
}

TEST(Transfers, MustBeWaitedFor) {
  const DeviceArray<float> x(std::vector<float>(32, 5.0f)), y(32);
  const auto run = [&](Slip slip) {
    launch({.kernel = "copy_in", .block = dim3(32)}, copy_in, x.data(), y.data(), slip);
  };
  expect_clean([&] { run(Slip::none); });
  EXPECT_EQ(y.read(), std::vector<float>(32, 5.0f));
  const std::string start =
      "a copy (block (0,0,0), thread (0,0,0) at " + place("transfers.cu", "start");
  expect_report(
      [&] { run(Slip::write_early); },
      {"used before its wait: a write of 4 bytes in shared memory where " + start,
       "thread (0,0,0) at " + place("transfers.cu", "early write"), "shared variable tile"});
  expect_report([&] { run(Slip::no_wait); }, {"a block has ended before the wait for " + start});
}

// The copy is under way while the others look.
__global__ void look_early(const float* x, float* y) {
  SHARED(tile, float[32]);
  if (threadIdx.x == 0) start_copy(tile, x, 128);  // here: start of all
  __syncthreads();
  if (threadIdx.x == 7) y[0] = tile[0];  // here: look
  __syncthreads();
  if (threadIdx.x == 0) finish_copies();
}

TEST(Transfers, UsedBeforeTheWait) {
  const DeviceArray<float> x(std::vector<float>(32, 5.0f)), y(32);
  expect_report(
      [&] { launch({.kernel = "look_early", .block = dim3(32)}, look_early, x.data(), y.data()); },
      {"used before its wait: a read of 4 bytes in shared memory",
       "thread (0,0,0) at " + place("transfers.cu", "start of all"),
       "thread (7,0,0) at " + place("transfers.cu", "look"),
       "shared variable tile (128 bytes), byte 0"});
}

// Completed on an object, a copy may be touched only by those who acquire it.
__global__ void copy_by_engine(const float* x, float* y, Slip slip) {
  SHARED(tile, float[32]);
  SHARED(object, int);
  if (threadIdx.x == 0) {
    start_copy(tile, x, 128);
    finish_copies_on(&object);
  } else {
    await_copies();
    if (slip != Slip::no_acquire) acquire_object(&object);
    y[threadIdx.x] = tile[threadIdx.x];  // here: after the engine
  }
}

TEST(Transfers, OfTheCopyEngineMustBeAcquired) {
  const DeviceArray<float> x(std::vector<float>(32, 5.0f)), y(32);
  const auto run = [&](Slip slip) {
    launch({.kernel = "copy_by_engine", .block = dim3(32)}, copy_by_engine, x.data(), y.data(),
           slip);
  };
  expect_clean([&] { run(Slip::none); });
  expect_report([&] { run(Slip::no_acquire); },
                {"data race in shared memory", "write by the copy engine",
                 place("transfers.cu", "after the engine")});
}

// A tile may not be filled again while others read what a copy put there.
__global__ void refill(const float* x, float* y, bool broken) {
  SHARED(tile, float[32]);
  for (int round = 0; round < 2; ++round) {
    if (threadIdx.x == 0) {
      start_copy(tile, x, 128);  // here: refill
      finish_copies();
    }
    __syncthreads();
    y[threadIdx.x] = tile[threadIdx.x];  // here: last use
    if (!broken) __syncthreads();
  }
}

TEST(Transfers, RaceWithReadersOfTheLastRound) {
  const DeviceArray<float> x(std::vector<float>(32, 5.0f)), y(32);
  const auto run = [&](bool broken) {
    launch({.kernel = "refill", .block = dim3(32)}, refill, x.data(), y.data(), broken);
  };
  expect_clean([&] { run(false); });
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    backlight::sim::set_seed(seed);
    // The copy comes before the read, or the read before the copy.
    const std::string report = report_of([&] { run(true); });
    EXPECT_TRUE(holds(report, {"data race in shared memory", place("transfers.cu", "refill"),
                               place("transfers.cu", "last use")}));
  }
}

// What an instruction still reads must stay as it is.
__global__ void overwrite(float* x, bool broken) {
  if (threadIdx.x == 0) start_read(x, 128);  // here: long read
  if (!broken && threadIdx.x == 0) finish_read();
  __syncthreads();
  if (threadIdx.x == 4) x[8] = 1;  // here: overwrite
  __syncthreads();
  if (broken && threadIdx.x == 0) finish_read();
}

TEST(Transfers, SourceMustStayAsItIs) {
  const DeviceArray<float> x(std::vector<float>(32, 5.0f));
  const auto run = [&](bool broken) {
    launch({.kernel = "overwrite", .block = dim3(32)}, overwrite, x.data(), broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); }, {"used before its wait: a write of 4 bytes that a long read (",
                                     "thread (0,0,0) at " + place("transfers.cu", "long read"),
                                     "thread (4,0,0) at " + place("transfers.cu", "overwrite")});
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
