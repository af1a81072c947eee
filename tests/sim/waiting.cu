// Barriers and warp instructions: what they do, and what is said when threads do not come together.
#include "kernels/cuda/gpu.h"
#include "tests/sim/flag.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

constexpr unsigned kAll = 0xffffffff;

// --- Barriers of the block ---

__global__ void two_barriers(bool broken) {
  if (broken && threadIdx.x >= 40)
    __syncthreads();  // here: second barrier
  else
    __syncthreads();  // here: first barrier
}

TEST(Waiting, DivergentSyncthreads) {
  const auto run = [](bool broken) {
    launch({.kernel = "two_barriers", .block = dim3(64)}, two_barriers, broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); }, {"divergent barrier", place("waiting.cu", "first barrier"),
                                     place("waiting.cu", "second barrier"), "kernel two_barriers",
                                     "block (0,0,0), thread ("});
}

__global__ void early_exit(bool broken) {
  if (broken && threadIdx.x == 17) return;
  __syncthreads();  // here: barrier after exit
}

TEST(Waiting, BarrierAfterExit) {
  const auto run = [](bool broken) {
    launch({.kernel = "early_exit", .grid = dim3(3), .block = dim3(64)}, early_exit, broken);
  };
  expect_clean([&] { run(false); });
  expect_report([&] { run(true); }, {"barrier after exit", "1 of the block's 64 threads",
                                     place("waiting.cu", "barrier after exit")});
}

__global__ void votes(int* out) {
  const int odd = static_cast<int>(threadIdx.x % 2);
  out[threadIdx.x] = __syncthreads_count(odd) * 8 + __syncthreads_or(threadIdx.x == 7) * 4 +
                     __syncthreads_and(threadIdx.x < 80) * 2 + __syncthreads_and(odd);
}

TEST(Waiting, VotesOfTheBlock) {
  const DeviceArray<int> out(80);
  expect_clean([&] { launch({.kernel = "votes", .block = dim3(80)}, votes, out.data()); });
  for (const int vote : out.read()) EXPECT_EQ(vote, 40 * 8 + 4 + 2);
}

// --- Masks ---

enum class Mask { right, without_caller, exited, different };

__global__ void masks(Mask mask) {
  if (mask == Mask::exited && threadIdx.x == 31) return;
  if (mask == Mask::without_caller && threadIdx.x == 4)
    __syncwarp(0x0000000f);  // here: not in it
  else if (mask == Mask::different && threadIdx.x == 4)
    __syncwarp(0x000000ff);  // here: another mask
  else
    __syncwarp();  // here: all lanes
}

TEST(Waiting, WrongMasks) {
  const auto run = [](Mask mask) { launch({.kernel = "masks", .block = dim3(32)}, masks, mask); };
  expect_clean([&] { run(Mask::right); });
  expect_report(
      [&] { run(Mask::without_caller); },
      {"wrong mask: __syncwarp with the mask 0xf, which does not hold the lane that calls, 4",
       "thread (4,0,0) at " + place("waiting.cu", "not in it")});
  expect_report([&] { run(Mask::different); },
                {"wrong mask: lanes of one warp came to __syncwarp with ",
                 place("waiting.cu", "another mask"), place("waiting.cu", "all lanes"), "0xff"});
  // Lane 31 is gone before the others come, or while they wait.
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    backlight::sim::set_seed(seed);
    const std::string report = report_of([&] { run(Mask::exited); });
    EXPECT_TRUE(holds(report, {place("waiting.cu", "all lanes")}));
    EXPECT_TRUE(holds(report, {"wrong mask", "names lanes that have exited: 31"}) ||
                holds(report, {"lane never arrives", "lane 31 of its mask 0xffffffff has exited"}))
        << report;
  }
}

__global__ void lane_stays_away(bool broken) {
  if (broken && threadIdx.x == 9) {
    __syncthreads();  // here: lane 9
    return;
  }
  __ballot_sync(kAll, 1);  // here: ballot
  __syncthreads();
}

TEST(Waiting, LaneThatNeverArrives) {
  const auto run = [](unsigned threads) {
    launch({.kernel = "lane_stays_away", .block = dim3(threads)}, lane_stays_away, true);
  };
  expect_clean(
      [] { launch({.kernel = "lane_stays_away", .block = dim3(64)}, lane_stays_away, false); });
  expect_report([&] { run(32); },
                {"deadlock: no thread of the block can go on",
                 "threads 0-8, 10-31 wait in a warp vote at " + place("waiting.cu", "ballot"),
                 "thread 9 wait in __syncthreads at " + place("waiting.cu", "lane 9")});
}

__global__ void nobody_raises() {
  if (threadIdx.x < 2) return;
  await_flag(true);  // here: nobody raises
}

TEST(Waiting, DeadlockNamesEveryThread) {
  expect_report([] { launch({.kernel = "nobody_raises", .block = dim3(48)}, nobody_raises); },
                {"deadlock", "threads 0-1 have exited",
                 "threads 2-47 wait in the flag at " + place("waiting.cu", "nobody raises")});
}

__global__ void different_instructions(int* out) {
  if (threadIdx.x == 3)
    out[threadIdx.x] = __shfl_sync(kAll, 1, 0);  // here: shuffle
  else
    out[threadIdx.x] = __any_sync(kAll, 1);  // here: vote
}

TEST(Waiting, DifferentInstructions) {
  const DeviceArray<int> out(32);
  expect_report(
      [&] {
        launch({.kernel = "different_instructions", .block = dim3(32)}, different_instructions,
               out.data());
      },
      {"different instructions", "__shfl_sync", "a warp vote", place("waiting.cu", "shuffle"),
       place("waiting.cu", "vote")});
}

// --- What warp instructions compute ---

__global__ void shuffles(int* out) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  int* mine = out + threadIdx.x * 8;
  mine[0] = __shfl_sync(kAll, lane, 5);
  mine[1] = __shfl_up_sync(kAll, lane, 3);
  mine[2] = __shfl_down_sync(kAll, lane, 3);
  mine[3] = __shfl_xor_sync(kAll, lane, 6);
  mine[4] = __shfl_down_sync(kAll, lane, 2, 8);
  mine[5] = __shfl_sync(kAll, lane, 9, 8);
  mine[6] = static_cast<int>(__shfl_xor_sync(kAll, 1e10 + lane, 16) - 1e10);
  mine[7] = __popc(__ballot_sync(kAll, lane < 11)) * 100 + __any_sync(kAll, lane == 40) * 10 +
            __all_sync(kAll, lane < 32);
}

TEST(Waiting, Shuffles) {
  const DeviceArray<int> out(64 * 8);
  expect_clean([&] { launch({.kernel = "shuffles", .block = dim3(64)}, shuffles, out.data()); });
  const std::vector<int> got = out.read();
  for (int thread = 0; thread < 64; ++thread) {
    const int lane = thread % 32;
    const std::vector<int> expected{5,
                                    lane < 3 ? lane : lane - 3,
                                    lane > 28 ? lane : lane + 3,
                                    lane ^ 6,
                                    lane % 8 > 5 ? lane : lane + 2,
                                    lane / 8 * 8 + 1,
                                    lane ^ 16,
                                    1101};
    EXPECT_EQ(std::vector<int>(got.begin() + thread * 8, got.begin() + thread * 8 + 8), expected)
        << thread;
  }
}

__global__ void matches(unsigned* out) {
  out[threadIdx.x] = __match_any_sync(kAll, threadIdx.x % 4);
}

TEST(Waiting, MatchAny) {
  const DeviceArray<unsigned> out(32);
  expect_clean([&] { launch({.kernel = "matches", .block = dim3(32)}, matches, out.data()); });
  for (unsigned lane = 0; lane < 32; ++lane) EXPECT_EQ(out.read()[lane], 0x11111111u << lane % 4);
}

__global__ void half_shuffle(int* out, int distance) {
  if (threadIdx.x < 16)
    out[threadIdx.x] =
        __shfl_xor_sync(0xffff, static_cast<int>(threadIdx.x), distance);  // here: half
}

TEST(Waiting, ShuffleFromALaneOutsideTheMask) {
  const DeviceArray<int> out(16);
  const auto run = [&](int distance) {
    launch({.kernel = "half_shuffle", .block = dim3(32)}, half_shuffle, out.data(), distance);
  };
  expect_clean([&] { run(8); });
  expect_report([&] { run(16); }, {"a shuffle reads lane 16, which is not in the mask 0xffff",
                                   "thread (0,0,0) at " + place("waiting.cu", "half")});
}

// --- Launches ---

__global__ void identify(unsigned* out) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  out[block * threads + thread] += block * threads + thread + 1;
}

TEST(Waiting, EveryThreadRunsOnce) {
  const std::vector<unsigned> zeros(24 * 30);
  const DeviceArray<unsigned> out(zeros);
  launch({.kernel = "identify", .grid = dim3(2, 3, 4), .block = dim3(5, 2, 3)}, identify,
         out.data());
  const std::vector<unsigned> got = out.read();
  for (unsigned i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], i + 1);
}

__global__ void throws() {
  if (threadIdx.x == 2) fail("this cannot be");
}

TEST(Waiting, LaunchesThatAreRefused) {
  const auto message = [](const Launch& how) {
    try {
      launch(how, early_exit, false);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_TRUE(holds(message({.kernel = "k", .block = dim3(1025), .shapes = "[7]"}),
                    {"kernel k", "block (1025,1,1)", "[7]", "1024 threads"}));
  EXPECT_TRUE(holds(message({.kernel = "k", .grid = dim3(0)}), {"grid (0,1,1)", "65535"}));
  EXPECT_TRUE(holds(message({.kernel = "k", .shared_bytes = 1 << 20}), {"232448 bytes"}));
  EXPECT_TRUE(holds(report_of([] { launch({.kernel = "throws", .block = dim3(4)}, throws); }),
                    {"this cannot be", "block (0,0,0), thread (2,0,0)"}));
}

// --- The order of threads ---

__global__ void draw_numbers(int* next, int* numbers) {
  numbers[blockIdx.x * blockDim.x + threadIdx.x] = atomicAdd(next, 1);
}

std::vector<int> order_of(std::uint64_t seed) {
  backlight::sim::set_seed(seed);
  const DeviceArray<int> next(std::vector<int>{0}), numbers(4 * 64);
  launch({.kernel = "draw", .grid = dim3(4), .block = dim3(64)}, draw_numbers, next.data(),
         numbers.data());
  return numbers.read();
}

TEST(Waiting, TheSeedDecidesTheOrder) {
  EXPECT_EQ(order_of(11), order_of(11));
  EXPECT_NE(order_of(11), order_of(12));
  backlight::sim::set_seed(11);
  EXPECT_EQ(backlight::sim::seed(), 11u);
}

TEST(Waiting, AReportRepeatsItselfBySeed) {
  const auto report = [](std::uint64_t seed) {
    backlight::sim::set_seed(seed);
    return report_of(
        [] { launch({.kernel = "two_barriers", .block = dim3(64)}, two_barriers, true); });
  };
  EXPECT_EQ(report(5), report(5));
  EXPECT_NE(report(5), report(6));
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
