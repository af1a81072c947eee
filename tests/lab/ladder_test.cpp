// The ladder in the simulator: every rung is right under every check, and does what its text says.
#include <map>

#include "kernels/device.h"
#include "kernels/lab/climb.h"
#include "kernels/lab/measure.h"
#include "kernels/sim/launch.h"
#include "tests/testing.h"

namespace backlight::kernels::lab {
namespace {

using namespace backlight::testing;
using ::backlight::sim::Instruction;

// Opens the simulator before any tensor is made on it.
class Ladder : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { open_device(Device::sim); }
  void TearDown() override { ::backlight::sim::set_seed(1); }
};

bool is_shipped(const Step& step) { return step.name.starts_with("shipped"); }

void expect_right(const Climb& climb, const Step& step) {
  SCOPED_TRACE(climb.family + " " + step.name + ", " + climb.shapes);
  climb.poison();
  ASSERT_EQ(message_of(step.run), "");
  EXPECT_TRUE(climb.deviation() <= step.tolerance) << climb.deviation();
}

// Every step in one order of the threads, the ladder's own ones in several.
void expect_right_with_seeds(const Climb& climb) {
  ASSERT_GE(climb.steps.size(), 6u);
  for (const std::uint64_t seed : {1, 2, 3})
    for (const Step& step : climb.steps) {
      if (seed > 1 && is_shipped(step)) continue;
      ::backlight::sim::set_seed(seed);
      expect_right(climb, step);
    }
}

// Counts that the tests of one family share: rung number n is at [n].
std::vector<Counts> counts_of(const Climb& climb, const std::map<int, std::string>& kernels = {}) {
  std::vector<Counts> counts(1);
  for (const Step& step : climb.steps) {
    if (is_shipped(step)) break;
    climb.poison();
    const int number = static_cast<int>(counts.size());
    const auto kernel = kernels.find(number);
    counts.push_back(counted(step.run, kernel == kernels.end() ? "" : kernel->second));
  }
  return counts;
}

double requests(const Counts& counts, Instruction kind) {
  return static_cast<double>(counts[kind].requests);
}
double bytes(const Counts& counts, Instruction kind) {
  return static_cast<double>(counts[kind].bytes);
}

// Tiles of 128 are odd in number along M here, and steps of 32 along K.
TEST_F(Ladder, MultipliesMatrices) {
  expect_right_with_seeds(climb_gemm(Device::sim, 128, 256, 96));
}

TEST_F(Ladder, MultipliesMatricesOfSeveralTiles) {
  const Climb climb = climb_gemm(Device::sim, 384, 512, 32);
  for (std::size_t i = 4; i < climb.steps.size(); ++i) expect_right(climb, climb.steps[i]);
}

TEST_F(Ladder, Convolves) { expect_right_with_seeds(climb_conv2d(Device::sim, 1, 16, 8, 32, 128)); }

TEST_F(Ladder, ConvolvesSeveralTiles) {
  for (const Climb& climb : {climb_conv2d(Device::sim, 1, 16, 24, 64, 128),
                             climb_conv2d(Device::sim, 3, 16, 8, 32, 128)})
    for (std::size_t i = 4; i < climb.steps.size(); ++i) expect_right(climb, climb.steps[i]);
}

TEST_F(Ladder, TakesSoftmax) {
  expect_right_with_seeds(climb_softmax(Device::sim, 37, 384));
  const Climb full = climb_softmax(Device::sim, 8, 1024);
  for (const Step& step : full.steps) expect_right(full, step);
}

// What finds faults above must be able to.
TEST_F(Ladder, NoticesWhatNobodyWrote) {
  for (const Climb& climb :
       {climb_gemm(Device::sim, 128, 256, 32), climb_conv2d(Device::sim, 1, 16, 8, 32, 128),
        climb_softmax(Device::sim, 2, 128)}) {
    climb.poison();
    EXPECT_NE(message_of(climb.deviation), "") << climb.family;
  }
}

TEST_F(Ladder, RefusesShapesOfBrokenTiles) {
  const Climb climb = climb_gemm(Device::sim, 40, 256, 32);
  climb.poison();
  EXPECT_EQ(message_of(climb.steps[4].run),
            "this rung multiplies whole tiles: M, N, K are multiples of 128, 128, 8, which "
            "[40, 32] x [32, 256] is not");
}

TEST_F(Ladder, GemmDoesWhatItsRungsSay) {
  const double m = 128, n = 256, k = 96, warp_products = m * n * k / 32;
  const auto rung = counts_of(climb_gemm(Device::sim, 128, 256, 96));
  ASSERT_EQ(rung.size(), 13u);
  const auto sectors_per_store = [&](int i) {
    const auto& stores = rung[static_cast<std::size_t>(i)][Instruction::global_store];
    return static_cast<double>(stores.sectors) / static_cast<double>(stores.requests);
  };
  // 1, 2: coalescing.
  EXPECT_EQ(rung[1].sectors_per_load(), (32 + 1) / 2.0);
  EXPECT_EQ(rung[2].sectors_per_load(), (1 + 4) / 2.0);
  EXPECT_EQ(sectors_per_store(1), 32);
  EXPECT_EQ(sectors_per_store(2), 4);
  EXPECT_EQ(requests(rung[2], Instruction::global_load), 2 * warp_products);
  // 3: a float from global memory is used 32 times.
  EXPECT_EQ(32 * bytes(rung[3], Instruction::global_load),
            bytes(rung[2], Instruction::global_load));
  EXPECT_EQ(rung[3].block_barriers, 2 * k / 32);
  // 4, 5: shared loads for each product.
  EXPECT_EQ(requests(rung[3], Instruction::shared_load), 2 * warp_products);
  EXPECT_EQ(requests(rung[4], Instruction::shared_load), 9.0 / 8 * warp_products);
  EXPECT_EQ(requests(rung[5], Instruction::shared_load), 1.0 / 16 * warp_products);
  // 6: banks.
  EXPECT_GT(rung[5].bank_conflicts(), 0u);
  EXPECT_EQ(rung[6].bank_conflicts(), 0u);
  EXPECT_EQ(sectors_per_store(5), 2 * sectors_per_store(6));
  // 7: copies instead of loads, and one barrier a step.
  EXPECT_GT(requests(rung[6], Instruction::global_load), 0);
  EXPECT_EQ(requests(rung[7], Instruction::global_load), 0);
  EXPECT_GT(requests(rung[7], Instruction::cp_async), 0);
  EXPECT_EQ(2 * rung[7].block_barriers, rung[6].block_barriers);
  EXPECT_EQ(rung[7].bank_conflicts(), 0u);
  // 8 to 10: tensor cores.
  EXPECT_EQ(requests(rung[8], Instruction::mma_tf32), m * n * k / 1024);
  EXPECT_GT(requests(rung[8], Instruction::matrix_load), 0);
  EXPECT_EQ(rung[8].bank_conflicts(), 0u);
  EXPECT_EQ(requests(rung[9], Instruction::mma_tf32), requests(rung[8], Instruction::mma_tf32));
  EXPECT_EQ(rung[9].bytes_loaded(), rung[8].bytes_loaded());
  EXPECT_EQ(requests(rung[10], Instruction::mma_tf32),
            3 * requests(rung[9], Instruction::mma_tf32));
  // 11, 12: Hopper.
  for (const std::size_t i : {11, 12})
    for (const Instruction gone :
         {Instruction::global_load, Instruction::cp_async, Instruction::shared_load,
          Instruction::matrix_load, Instruction::mma_tf32})
      EXPECT_EQ(requests(rung[i], gone), 0) << i << " " << ::backlight::sim::name_of(gone);
  const double steps = k / 32;
  EXPECT_EQ(requests(rung[11], Instruction::tma_load), 2 * steps * (m / 64) * (n / 128));
  EXPECT_GT(requests(rung[11], Instruction::wgmma_tf32), 0);
  EXPECT_EQ(rung[12].block_barriers, 1);
  EXPECT_EQ(2 * rung[12].bytes_loaded(), rung[11].bytes_loaded());
}

TEST_F(Ladder, ThreeTf32BuysBackTheBits) {
  const Climb climb = climb_gemm(Device::sim, 128, 128, 256);
  std::map<std::string, double> error;
  for (std::size_t i = 6; i < 10; ++i) {
    climb.poison();
    climb.steps[i].run();
    error[climb.steps[i].name] = climb.deviation();
  }
  EXPECT_GT(error.at("8 tensor cores"), 1e-4);
  EXPECT_EQ(error.at("9 pipeline"), error.at("8 tensor cores"));
  EXPECT_LE(error.at("10 3xTF32"), 4 * error.at("7 double buffer"));
}

TEST_F(Ladder, Conv2dDoesWhatItsRungsSay) {
  const double pixels = 16 * 8, c = 32, o = 128, warp_products = pixels * o * 9 * c / 32;
  const auto rung =
      counts_of(climb_conv2d(Device::sim, 1, 16, 8, 32, 128), {{1, "conv2d_direct"},
                                                               {2, "conv2d_channels_last"},
                                                               {3, "conv2d_halo_tile"},
                                                               {4, "conv2d_register_tile"},
                                                               {5, "conv2d_implicit_gemm"},
                                                               {6, "conv2d_tensor_cores"}});
  ASSERT_EQ(rung.size(), 9u);
  // 1, 2: coalescing. At the image's edge some lanes have nothing to load.
  EXPECT_GT(rung[1].sectors_per_load(), 13);
  EXPECT_EQ(rung[2].sectors_per_load(), (1 + 4) / 2.0);
  // 3: of x, the 10x6 pixels of each tile are loaded, but for those outside: a column
  // on either side of every tile, and a row of 8 above the first tile and below the last.
  const double tiles = 4, loads_of_x = tiles * 6 * 10 - (tiles * 2 * 6 + 2 * 8);
  EXPECT_EQ(requests(rung[3], Instruction::global_load), warp_products + o / 32 * loads_of_x);
  // 4: a weight is used for 8 pixels; 10 loads of x for 24 products.
  EXPECT_GT(requests(rung[3], Instruction::global_load),
            6 * requests(rung[4], Instruction::global_load));
  EXPECT_EQ(requests(rung[3], Instruction::shared_load), warp_products);
  EXPECT_EQ(requests(rung[4], Instruction::shared_load), 10.0 / 24 * warp_products);
  // 5: GEMM 6.
  EXPECT_EQ(requests(rung[5], Instruction::shared_load), 1.0 / 16 * warp_products);
  EXPECT_EQ(rung[5].bank_conflicts(), 0u);
  // 6: GEMM 9.
  EXPECT_EQ(requests(rung[6], Instruction::global_load), 0);
  EXPECT_EQ(requests(rung[6], Instruction::mma_tf32), 32 * warp_products / 1024);
  EXPECT_EQ(rung[6].bank_conflicts(), 0u);
  // 7: five bytes for four pixels leave the kernel.
  EXPECT_EQ(rung[7].launches, 1u);
  EXPECT_EQ(bytes(rung[6], Instruction::global_store), 4 * pixels * o);
  EXPECT_EQ(bytes(rung[7], Instruction::global_store), 5 * pixels / 4 * o);
  EXPECT_EQ(rung[7].bank_conflicts(), 0u);
  // 8: nothing but the bias is loaded into registers.
  EXPECT_EQ(requests(rung[8], Instruction::tma_load), 2 * 9 * (c / 32) * pixels / 128);
  EXPECT_EQ(requests(rung[8], Instruction::cp_async), 0);
  EXPECT_EQ(requests(rung[8], Instruction::shared_load), 0);
  EXPECT_EQ(bytes(rung[8], Instruction::global_load), 4 * pixels / 4 * o);
}

TEST_F(Ladder, SoftmaxDoesWhatItsRungsSay) {
  const double rows = 64, columns = 512, elements = rows * columns;
  const auto rung = counts_of(climb_softmax(Device::sim, 64, 512));
  ASSERT_EQ(rung.size(), 6u);
  EXPECT_EQ(rung[1].sectors_per_load(), 32);
  EXPECT_EQ(rung[2].sectors_per_load(), 4);
  EXPECT_EQ(rung[2].block_barriers, 20);
  EXPECT_EQ(rung[3].block_barriers, 0);
  EXPECT_EQ(requests(rung[3], Instruction::shared_load), 0);
  EXPECT_EQ(requests(rung[3], Instruction::shuffle), 10 * rows);
  EXPECT_EQ(bytes(rung[3], Instruction::global_load), 3 * 4 * elements);
  EXPECT_EQ(bytes(rung[4], Instruction::global_load), 2 * 4 * elements);
  EXPECT_EQ(bytes(rung[5], Instruction::global_load), 4 * elements);
  EXPECT_EQ(requests(rung[5], Instruction::global_load), elements / 128);
}

}  // namespace
}  // namespace backlight::kernels::lab
