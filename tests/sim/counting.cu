// What the simulator counts: instructions, coalescing, bank conflicts, by launch and by line.
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/sim/statistics.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

using backlight::sim::Instruction;
using backlight::sim::LaunchStatistics;
using backlight::sim::SharedRequest;
using backlight::sim::Traffic;

// The statistics of the one launch that `run` makes.
template <typename F>
LaunchStatistics counted(F&& run) {
  backlight::sim::clear_launch_statistics();
  backlight::sim::set_counting(true);
  run();
  backlight::sim::set_counting(false);
  EXPECT_EQ(backlight::sim::launch_statistics().size(), 1u);
  return backlight::sim::launch_statistics().back();
}

// What one line did; no requests if it did nothing.
Traffic on_line(const LaunchStatistics& s, const std::string& place, Instruction kind) {
  for (const auto& line : s.lines)
    if (line.file + ":" + std::to_string(line.line) == place && line.kind == kind)
      return line.traffic;
  return {};
}

// The worst request of a line that uses shared memory.
SharedRequest worst_on_line(const LaunchStatistics& s, const std::string& place) {
  for (const auto& line : s.lines)
    if (line.file + ":" + std::to_string(line.line) == place && line.worst.lanes) return line.worst;
  return {};
}

template <int kPitch>
__global__ void transpose(const float* in, float* out) {
  SHARED(tile, float[32][kPitch]);
  for (unsigned row = threadIdx.y; row < 32; row += blockDim.y)
    tile[row][threadIdx.x] = in[row * 32 + threadIdx.x];  // here: store rows
  __syncthreads();
  for (unsigned row = threadIdx.y; row < 32; row += blockDim.y)
    out[row * 32 + threadIdx.x] = tile[threadIdx.x][row];  // here: load columns
}

TEST(Counting, BankConflictsOfATranspose) {
  std::vector<float> values(1024);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const DeviceArray<float> in(values), out(1024);
  const auto columns = [&](auto kernel, std::size_t shared_bytes) {
    const LaunchStatistics s = counted([&] {
      launch({.kernel = "transpose",
              .block = dim3(32, 8),
              .shapes = "[32, 32]",
              .flop = 3,
              .bytes = 8},
             kernel, in.data(), out.data());
    });
    EXPECT_EQ(s.kernel, "transpose");
    EXPECT_EQ(s.shapes, "[32, 32]");
    EXPECT_EQ(s.block[1], 8u);
    EXPECT_EQ(s.flop, 3);
    EXPECT_EQ(s.static_shared_bytes, shared_bytes);
    EXPECT_EQ(out.read()[1], 32);
    const Traffic rows = on_line(s, place("counting.cu", "store rows"), Instruction::shared_store);
    EXPECT_EQ(rows.requests, 32u);
    EXPECT_EQ(rows.wavefronts, 32u);
    EXPECT_EQ(s.total(Instruction::block_barrier).requests, 8u);
    return on_line(s, place("counting.cu", "load columns"), Instruction::shared_load);
  };
  const Traffic worst = columns(transpose<32>, 4096), best = columns(transpose<33>, 4224);
  EXPECT_EQ(worst.requests, 32u);
  EXPECT_EQ(worst.bytes, 4096u);
  EXPECT_EQ(worst.ideal_wavefronts, 32u);
  EXPECT_EQ(worst.wavefronts, 32u * 32u);
  EXPECT_EQ(best.wavefronts, best.ideal_wavefronts);
  EXPECT_EQ(best.requests, 32u);
}

TEST(Counting, KeepsTheWorstRequestOfALine) {
  const DeviceArray<float> in(std::vector<float>(1024, 1.0f)), out(1024);
  const LaunchStatistics s = counted([&] {
    launch({.kernel = "transpose", .block = dim3(32, 8)}, transpose<32>, in.data(), out.data());
  });
  const SharedRequest columns = worst_on_line(s, place("counting.cu", "load columns"));
  EXPECT_EQ(columns.lanes, 0xffffffffu);
  EXPECT_EQ(columns.size, 4u);
  EXPECT_EQ(columns.wavefronts, 32u);
  EXPECT_EQ(columns.conflicts(), 31u);
  for (std::size_t lane = 1; lane < 32; ++lane)
    EXPECT_EQ(columns.offsets[lane] - columns.offsets[lane - 1], 128u) << lane;
  const SharedRequest rows = worst_on_line(s, place("counting.cu", "store rows"));
  EXPECT_EQ(rows.conflicts(), 0u);
  EXPECT_EQ(rows.offsets[31] - rows.offsets[0], 124u);
}

// cp.async reads and writes at one place; where some lanes read nothing, their writes still belong
// to those of the others.
__global__ void copy_some(const float* in, float* out) {
  SHARED(tile, float[3][32][4]);
  for (unsigned i = 0; i < 3; ++i)
    cp_async<16>(tile[i][threadIdx.x], in + 4 * threadIdx.x, threadIdx.x % 3 == i ? 0 : 16);
  cp_async_wait_all();
  out[threadIdx.x] = tile[1][threadIdx.x][0];
}

TEST(Counting, CopiesThatReadNothingInSomeLanes) {
  const DeviceArray<float> in(std::vector<float>(128, 1.0f)), out(32);
  const LaunchStatistics s = counted([&] {
    launch({.kernel = "copy_some", .block = dim3(32)}, copy_some, in.data(), out.data());
  });
  const Traffic stores = s.total(Instruction::shared_store);
  EXPECT_EQ(stores.requests, 3u);
  EXPECT_EQ(stores.bytes, 3u * 32 * 16);
  EXPECT_EQ(stores.wavefronts, 12u) << "four quarters of the warp each time";
  EXPECT_EQ(stores.ideal_wavefronts, 12u);
}

__global__ void stride(const float* in, float* out, int step) {
  out[threadIdx.x] = in[static_cast<int>(threadIdx.x) * step];  // here: strided
}

TEST(Counting, CoalescingOfStridedReads) {
  const DeviceArray<float> in(std::vector<float>(64 * 64, 1.0f)), out(64);
  for (const unsigned step : {0u, 1u, 2u, 8u, 32u}) {
    const LaunchStatistics s = counted([&] {
      launch({.kernel = "stride", .block = dim3(64)}, stride, in.data(), out.data(),
             static_cast<int>(step));
    });
    const Traffic load = on_line(s, place("counting.cu", "strided"), Instruction::global_load);
    EXPECT_EQ(load.requests, 2u);
    EXPECT_EQ(load.bytes, 256u);
    EXPECT_EQ(load.sectors, step == 0 ? 2u : std::min(8 * step, 64u)) << step;
    EXPECT_EQ(load.ideal_sectors, step == 0 ? 2u : 8u);
    EXPECT_EQ(s.total(Instruction::global_store).sectors, 8u);
    EXPECT_EQ(s.requests_by_width[static_cast<int>(Instruction::global_load)][2], 2u);
  }
}

// Lanes that go round a loop a different number of times: their n-th rounds belong together.
__global__ void triangle(const float* in, float* out) {
  float sum = 0;
  for (unsigned i = 0; i <= threadIdx.x; ++i) sum += in[i];
  out[threadIdx.x] = sum;
}

TEST(Counting, DivergentLoops) {
  const DeviceArray<float> in(std::vector<float>(32, 1.0f)), out(32);
  const LaunchStatistics s = counted(
      [&] { launch({.kernel = "triangle", .block = dim3(32)}, triangle, in.data(), out.data()); });
  EXPECT_EQ(s.total(Instruction::global_load).requests, 32u);
  EXPECT_EQ(s.total(Instruction::global_load).sectors, 32u);
  EXPECT_EQ(s.total(Instruction::global_load).bytes, 4u * 32 * 33 / 2);
}

__global__ void wide_shared(float* out) {
  SHARED(tile, float4[64]);
  store_vector(&tile[threadIdx.x], make_float4(1, 2, 3, 4));  // here: wide store
  __syncwarp();
  const float4 v = load_vector<float4>(&tile[threadIdx.x / 2 * 2]);  // here: wide pairs
  const float2 w = load_vector<float2>(&tile[threadIdx.x].z);        // here: every other
  out[threadIdx.x] = v.x + w.y;
}

// 16 bytes a lane go in quarters of a warp, 8 in halves.
TEST(Counting, WideSharedAccesses) {
  const DeviceArray<float> out(32);
  const LaunchStatistics s = counted(
      [&] { launch({.kernel = "wide_shared", .block = dim3(32)}, wide_shared, out.data()); });
  const auto wavefronts = [&](const char* mark, Instruction kind) {
    const Traffic t = on_line(s, place("counting.cu", mark), kind);
    return std::pair(t.wavefronts, t.ideal_wavefronts);
  };
  EXPECT_EQ(wavefronts("wide store", Instruction::shared_store), std::pair(4ul, 4ul));
  EXPECT_EQ(wavefronts("wide pairs", Instruction::shared_load), std::pair(4ul, 4ul));
  EXPECT_EQ(wavefronts("every other", Instruction::shared_load), std::pair(4ul, 2ul));
  EXPECT_EQ(s.requests_by_width[static_cast<int>(Instruction::shared_load)][4], 1u);
  EXPECT_EQ(s.requests_by_width[static_cast<int>(Instruction::shared_load)][3], 1u);
  EXPECT_EQ(s.total(Instruction::warp_barrier).requests, 1u);
}

__global__ void collectives(float* out) {
  SHARED(sum, float);
  if (threadIdx.x == 0) sum = 0;
  __syncthreads();
  float x = 1;
  for (int distance = 16; distance > 0; distance /= 2)
    x += __shfl_xor_sync(0xffffffff, x, distance);
  if (__any_sync(0xffffffff, x > 40)) return;
  if (threadIdx.x % 32 == 0) atomicAdd(&sum, x);
  __syncthreads();
  if (threadIdx.x == 0) atomicAdd(out, sum);
}

TEST(Counting, InstructionsByKind) {
  const DeviceArray<float> out(std::vector<float>{0});
  const LaunchStatistics s = counted([&] {
    launch({.kernel = "collectives", .grid = dim3(3), .block = dim3(64)}, collectives, out.data());
  });
  EXPECT_EQ(out.read()[0], 3 * 64);
  EXPECT_EQ(s.total(Instruction::shuffle).requests, 3u * 2 * 5);
  EXPECT_EQ(s.total(Instruction::vote).requests, 3u * 2);
  EXPECT_EQ(s.total(Instruction::block_barrier).requests, 3u * 2 * 2);
  EXPECT_EQ(s.total(Instruction::shared_atomic).requests, 3u * 2);
  EXPECT_EQ(s.total(Instruction::global_atomic).requests, 3u);
}

TEST(Counting, IsOffUnlessAskedFor) {
  const DeviceArray<float> in(std::vector<float>(32, 1.0f)), out(32);
  backlight::sim::clear_launch_statistics();
  launch({.kernel = "triangle", .block = dim3(32)}, triangle, in.data(), out.data());
  EXPECT_TRUE(backlight::sim::launch_statistics().empty());
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
