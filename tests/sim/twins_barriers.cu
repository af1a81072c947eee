// mbarrier, named barriers, elect.sync and setmaxnreg.
#include "kernels/cuda/ptx/elect.h"
#include "kernels/cuda/ptx/mbarrier.h"
#include "kernels/cuda/ptx/named_barrier.h"
#include "kernels/cuda/ptx/setmaxnreg.h"
#include "tests/sim/twins_testing.h"

namespace backlight::kernels::sim {
namespace {

enum class Slip {
  none,
  no_full_wait,
  no_empty_wait,
  wrong_parity,
  too_few_arrivals,
  too_many_arrivals,
  no_init,
  init_twice,
  no_sync_after_init,
  missing_bytes,
  overwritten,
  bad_parity,
  polls_for_ever,
};

constexpr int kStages = 2;

// Warp 0 writes rounds of 32 numbers into a ring, warp 1 sums them up.
__global__ void produce_and_consume(int* y, int rounds, Slip slip) {
  SHARED(ring, int[kStages][32]);
  SHARED(full, MBarrier[kStages]);
  SHARED(empty, MBarrier[kStages]);
  const int t = static_cast<int>(threadIdx.x), lane = t % 32;
  if (t == 0 && slip != Slip::no_init) {
    for (int s = 0; s < kStages; ++s) {
      full[s].init(slip == Slip::too_few_arrivals ? 33 : 32);
      empty[s].init(32);
      if (slip == Slip::init_twice) empty[s].init(32);
    }
    fence_mbarrier_init();
  }
  if (slip != Slip::no_sync_after_init) __syncthreads();
  for (int i = 0; i < rounds; ++i) {
    const int s = i % kStages;
    const std::uint32_t parity = i / kStages % 2;
    if (t < 32) {
      if (slip != Slip::no_empty_wait) empty[s].wait(parity ^ 1);
      ring[s][lane] = i + lane;
      full[s].arrive();
      if (slip == Slip::too_many_arrivals) full[s].arrive();
    } else {
      if (slip != Slip::no_full_wait) full[s].wait(parity ^ (slip == Slip::wrong_parity ? 1 : 0));
      const int value = ring[s][31 - lane];
      y[lane] = i == 0 ? value : y[lane] + value;
      empty[s].arrive();
    }
  }
}

void run(Slip slip) {
  constexpr int kRounds = 7;
  const Global<int> y(32);
  launch({.kernel = "produce_and_consume", .grid = dim3(1), .block = dim3(64)}, produce_and_consume,
         y.data(), kRounds, slip);
  const std::vector<int> sums = y.read();
  for (int lane = 0; lane < 32; ++lane) {
    int want = 0;
    for (int i = 0; i < kRounds; ++i) want += i + 31 - lane;
    ASSERT_EQ(sums[lane], want);
  }
}

TEST(MBarrier, HandsARingFromProducerToConsumer) {
  for_seeds([] { run(Slip::none); });
}

TEST(MBarrier, MisuseIsReported) {
  const auto expect_slip = [](const std::string& text, Slip slip) {
    expect_fault(text, [&] { for_seeds([&] { run(slip); }); });
  };
  expect_slip("in shared memory", Slip::no_empty_wait);
  expect_slip("in shared memory", Slip::no_full_wait);  // unwritten or a race
  expect_slip("in shared memory", Slip::wrong_parity);
  expect_slip("1 of 33 arrivals and 0 bytes are missing", Slip::too_few_arrivals);
  expect_slip("in shared memory", Slip::too_many_arrivals);
  expect_slip("call init first", Slip::no_init);
  expect_slip("invalidate it first", Slip::init_twice);
  expect_slip("mbarrier", Slip::no_sync_after_init);
}

__global__ void one_barrier(int* y, Slip slip) {
  SHARED(barrier, MBarrier);
  if (threadIdx.x == 0) {
    barrier.init(1);
    fence_mbarrier_init();
    if (slip == Slip::overwritten) barrier.opaque = 1;
    if (slip != Slip::missing_bytes) barrier.arrive();
    if (slip == Slip::missing_bytes) barrier.arrive_expect_tx(512);
    if (slip == Slip::too_many_arrivals) {
      barrier.arrive_expect_tx(16);
      barrier.arrive();
    }
    if (slip == Slip::bad_parity) barrier.wait(2);
    if (slip == Slip::polls_for_ever) {
      while (!barrier.try_wait(1)) {
      }
    }
    *y = barrier.try_wait(0) ? 1 : 0;  // phase 0 is complete, phase 1 is not
    if (barrier.try_wait(1)) *y = 2;
    barrier.wait(0);
    barrier.invalidate();
    barrier.init(2);
    barrier.wait(1);  // "the phase before the first" is complete
  }
}

TEST(MBarrier, CountsPhases) {
  const Global<int> y(1);
  const auto run_one = [&](Slip slip) {
    launch({.kernel = "one_barrier", .grid = dim3(1), .block = dim3(1)}, one_barrier, y.data(),
           slip);
  };
  for_seeds([&] { run_one(Slip::none); });
  EXPECT_EQ(y.read()[0], 1);
  expect_fault("512 bytes are missing", [&] { run_one(Slip::missing_bytes); });
  expect_fault("one arrival more than the 1", [&] { run_one(Slip::too_many_arrivals); });
  expect_fault("was overwritten", [&] { run_one(Slip::overwritten); });
  expect_fault("asked for parity 2", [&] { run_one(Slip::bad_parity); });
  expect_fault("deadlock", [&] { run_one(Slip::polls_for_ever); });
}

// Warps 0 and 1 hand numbers to warps 2 and 3 (two pairs, barriers 1 and 2): the first arrive, the
// others wait.
__global__ void hand_over(int* y, bool wait, int third) {
  SHARED(numbers, int[2][32]);
  const int t = static_cast<int>(threadIdx.x), pair = t / 32 % 2, lane = t % 32;
  const NamedBarrier<64> ready{static_cast<std::uint32_t>(1 + pair)};
  if (t < 64) {
    numbers[pair][lane] = t;
    ready.arrive();
  } else if (t < 128) {
    if (wait) ready.sync();
    y[t - 64] = numbers[pair][31 - lane];
  } else if (third == 1) {
    NamedBarrier<96>{1}.sync();
  } else if (third == 2) {
    NamedBarrier<64>{16}.sync();
  } else {
    NamedBarrier<64>{3}.sync();
  }
}

TEST(NamedBarrier, LetsSomeWarpsMeet) {
  const Global<int> y(64);
  const auto hand = [&](bool wait, unsigned threads, int third) {
    for_seeds([&] {
      launch({.kernel = "hand_over", .grid = dim3(1), .block = dim3(threads)}, hand_over, y.data(),
             wait, third);
    });
  };
  hand(true, 128, 0);
  const std::vector<int> numbers = y.read();
  for (int i = 0; i < 64; ++i) EXPECT_EQ(numbers[i], i / 32 * 32 + 31 - i % 32);
  expect_fault("in shared memory", [&] { hand(false, 128, 0); });
  expect_fault("deadlock", [&] { hand(true, 160, 0); });
  expect_fault("counts", [&] { hand(true, 160, 1); });
  expect_fault("no named barrier 16", [&] { hand(true, 160, 2); });
}

__global__ void elect(int* y) {
  int count = 0, rounds = 0;
  for (int i = 0; i < 3; ++i) {
    const bool elected = elect_one();
    count += __popc(__ballot_sync(~0u, elected));
    rounds += elected;
  }
  if (threadIdx.x == 0) y[0] = count;
  if (rounds == 3) y[1] = static_cast<int>(threadIdx.x);
}

TEST(Elect, ChoosesOneLaneAndNotAlwaysTheFirst) {
  const Global<int> y(2);
  bool first = true;
  for_seeds([&] {
    launch({.kernel = "elect", .grid = dim3(1), .block = dim3(32)}, elect, y.data());
    EXPECT_EQ(y.read()[0], 3);
    first = first && y.read()[1] == 0;
  });
  EXPECT_FALSE(first);
}

template <int kMore>
__global__ void shift_registers() {
  if (threadIdx.x < 128) {
    decrease_registers<40>();
  } else {
    increase_registers<kMore>();
  }
}

TEST(SetMaxNReg, CountsTheRegistersOfAMultiprocessor) {
  launch({.kernel = "shift_registers", .grid = dim3(1), .block = dim3(384)}, shift_registers<232>);
  expect_fault("ask for", [] {
    launch({.kernel = "shift_registers", .grid = dim3(1), .block = dim3(384)},
           shift_registers<240>);
  });
}

}  // namespace
}  // namespace backlight::kernels::sim
