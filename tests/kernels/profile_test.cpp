// Profiles: what is recorded, under which layer, and what is not.
#include "kernels/profile.h"

#include "kernels/activation.h"
#include "kernels/backend.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/registers.h"
#include "kernels/softmax.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

// Known from NVIDIA's tables for compute capability 9.0.
TEST(Occupancy, IsTheLeastOfWhatIsThere) {
  const auto expect = [](int threads, int registers, std::size_t shared, int blocks,
                         const std::string& limit) {
    const Occupancy o = occupancy_of(threads, registers, shared);
    EXPECT_EQ(o.blocks, blocks) << threads << " threads, " << registers << " registers, " << shared;
    EXPECT_EQ(o.limit, limit);
    EXPECT_EQ(o.warps, blocks * ((threads + 31) / 32));
    EXPECT_EQ(o.most_warps, 64);
  };
  expect(256, 32, 0, 8, "warps");
  expect(32, 16, 0, 32, "blocks");
  expect(256, 64, 0, 4, "registers");
  expect(1024, 33, 0, 1, "registers");  // 40 a thread: registers come in units of 256 a warp
  expect(128, 255, 0, 2, "registers");
  expect(160, 144, 0, 2, "registers");            // 14 warps would fit, but they come in fours
  expect(128, 32, 48 << 10, 4, "shared memory");  // 49 KiB of 228 with the system's own
  expect(256, 64, 227 << 10, 1, "shared memory");
  expect(100, 32, 0, 16, "warps");  // four warps a block
  EXPECT_EQ(occupancy_of(256, 64, 0).share(), 0.5);
  EXPECT_TRUE(occupancy_of(256, 64, 0).registers_known);
  EXPECT_FALSE(occupancy_of(256, 0, 0).registers_known);
  EXPECT_EQ(occupancy_of(256, 0, 0).blocks, 8);
  EXPECT_NE(message_of([] { occupancy_of(1025, 32, 0); }), "");
  EXPECT_NE(message_of([] { occupancy_of(0, 32, 0); }), "");
}

TEST(Profile, TimesTheProcessorsOps) {
  const Tensor x = uniform({2, 8, 8, 3}, DType::f32, 1), w = uniform({4, 3, 3, 3}, DType::f32, 2);
  const Tensor a = uniform({5, 7}, DType::f32, 3), b = uniform({7, 6}, DType::f32, 4);
  const Tensor expected = conv2d(x, w, {}, {1, 1});
  Profile profile(Device::cpu);
  EXPECT_TRUE(profiling());
  EXPECT_TRUE(has_same_bytes(conv2d(x, w, {}, {1, 1}), expected));
  gemm(a, false, b, false);
  relu(x);
  const std::vector<LaunchRecord> records = profile.finish();
  EXPECT_FALSE(profiling());
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].kernel, "conv2d");
  EXPECT_EQ(records[0].flop, 2.0 * (2 * 8 * 8 * 4) * (3 * 3 * 3));
  EXPECT_EQ(records[0].bytes, 4.0 * (2 * 8 * 8 * 3 + 4 * 27 + 2 * 8 * 8 * 4));
  EXPECT_EQ(records[0].shapes, str(x.shape()));
  EXPECT_EQ(records[1].kernel, "gemm");
  EXPECT_EQ(records[1].flop, 2.0 * 5 * 7 * 6);
  EXPECT_EQ(records[2].kernel, "relu");
  for (const LaunchRecord& record : records) {
    EXPECT_EQ(record.device, Device::cpu);
    EXPECT_TRUE(record.seconds && *record.seconds > 0);
    EXPECT_FALSE(record.counts);
    EXPECT_EQ(record.pass, Pass::other);
    EXPECT_EQ(record.layer, "");
  }
}

// Of an op that calls another, the outer one is recorded.
TEST(Profile, CountsNoTimeTwice) {
  const Tensor x = uniform({1, 6, 6, 3}, DType::f64, 1), w = uniform({4, 3, 3, 3}, DType::f64, 2);
  const PoolGeometry pool;
  Profile profile(Device::cpu);
  conv2d_block(x, w, Tensor::zeros({4}, DType::f64), {1, 1}, &pool, true);
  const std::vector<LaunchRecord> records = profile.finish();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].kernel, "conv2d_block");
}

TEST(Profile, KnowsLayersAndPasses) {
  const Tensor x = uniform({8}, DType::f32, 1);
  const ProfileScope before("early", Pass::forward);  // no profile is open yet
  Profile profile(Device::cpu);
  relu(x);
  {
    const ProfileScope outer("cnn", Pass::forward);
    const ProfileScope inner("cnn.3", Pass::forward);
    relu(x);
    {
      const ProfileScope back("cnn.2", Pass::backward);
      relu(x);
    }
    relu(x);
  }
  relu(x);
  const std::vector<LaunchRecord> records = profile.finish();
  ASSERT_EQ(records.size(), 5u);
  const std::vector<std::pair<std::string, Pass>> expected{{"", Pass::other},
                                                           {"cnn.3", Pass::forward},
                                                           {"cnn.2", Pass::backward},
                                                           {"cnn.3", Pass::forward},
                                                           {"", Pass::other}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(records[i].layer, expected[i].first) << i;
    EXPECT_EQ(records[i].pass, expected[i].second) << i;
  }
}

TEST(Profile, LeavesEverythingAsItWas) {
  const Tensor x = uniform({8}, DType::f32, 1);
  const Backend* const own = &backend_of(Device::cpu);
  {
    const Profile unfinished(Device::cpu);
    EXPECT_NE(&backend_of(Device::cpu), own);
    EXPECT_NE(message_of([] { const Profile second(Device::cpu); }).find("open already"),
              std::string::npos);
    EXPECT_TRUE(profiling()) << "the first one is still open";
  }
  EXPECT_EQ(&backend_of(Device::cpu), own);
  EXPECT_FALSE(profiling());
  relu(x);
  Profile profile(Device::cpu);
  EXPECT_EQ(profile.finish().size(), 0u) << "what ran before does not count";
  EXPECT_NE(message_of([&] { profile.finish(); }), "");
}

class GpuProfile : public OnEachGpu {};

// Softmax over long rows joins what several warps saw in shared memory.
TEST_P(GpuProfile, DescribesALaunch) {
  const Tensor x = there(uniform({2, 3000}, DType::f32, 1));
  Profile profile(GetParam());
  {
    const ProfileScope scope("head", Pass::forward);
    softmax(x);
  }
  const std::vector<LaunchRecord> records = profile.finish();
  ASSERT_EQ(records.size(), 1u);
  const LaunchRecord& record = records[0];
  EXPECT_EQ(record.device, GetParam());
  EXPECT_EQ(record.layer, "head");
  EXPECT_NE(record.kernel.find("softmax"), std::string::npos) << record.kernel;
  EXPECT_GT(record.grid[0] * record.block[0], 0u);
  EXPECT_GT(record.bytes, 0);
  ASSERT_TRUE(record.occupancy);
  EXPECT_GT(record.occupancy->blocks, 0);
  if (GetParam() == Device::cuda) {
    EXPECT_TRUE(record.seconds && *record.seconds > 0 && *record.seconds < 1);
    EXPECT_GT(record.registers, 0);
    return;
  }
  // Where nvcc built the kernels too, their registers are known.
  const bool known = !kernel_resources(90).empty() || !kernel_resources(80).empty();
  EXPECT_EQ(record.registers > 0, known);
  EXPECT_EQ(record.occupancy->registers_known, known);
  ASSERT_TRUE(record.counts);
  EXPECT_FALSE(record.seconds);
  EXPECT_GT(record.static_shared_bytes, 0u);
  // The lines hold what the totals hold, and the file is named from the root.
  std::array<::backlight::sim::Traffic, ::backlight::sim::kInstructions> sums{};
  for (const auto& line : record.counts->lines) {
    sums[static_cast<std::size_t>(line.kind)] += line.traffic;
    EXPECT_TRUE(line.file.starts_with("kernels/cuda/")) << line.file;
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    EXPECT_EQ(sums[i].requests, record.counts->totals[i].requests) << i;
  using ::backlight::sim::Instruction;
  EXPECT_GT(record.counts->total(Instruction::shared_store).requests, 0u);
  EXPECT_GT(record.counts->total(Instruction::block_barrier).requests, 0u);
  // All of x is read twice, and y is written once.
  EXPECT_EQ(record.counts->total(Instruction::global_load).bytes, 2 * x.nbytes());
  EXPECT_EQ(record.counts->total(Instruction::global_store).bytes, x.nbytes());
}

TEST_P(GpuProfile, OfNothingIsEmpty) {
  const Tensor x = there(uniform({2, 30}, DType::f32, 1));
  softmax(x);
  Profile profile(GetParam());
  EXPECT_EQ(profile.finish().size(), 0u);
}

TEST_ON_EACH_GPU(GpuProfile);

}  // namespace
}  // namespace backlight::kernels
