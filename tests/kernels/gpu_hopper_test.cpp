// Hopper's kernels on the GPUs there are, the simulated one at least: against float64 on the
// processor and against Ampere's kernels, in every precision.
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/generation.h"
#ifdef BACKLIGHT_HAS_SIM
#include "kernels/sim/launch.h"
#include "kernels/sim/statistics.h"
#endif
#include "tests/kernels/gpu_precision.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

constexpr Precision kPrecisions[] = {Precision::fp32, Precision::tf32, Precision::bf16};

const std::string& name_of(Precision precision) {
  return precision_names()[static_cast<std::size_t>(precision)];
}
// Whether something is as exact as a precision is, for what is not compared by expect_precise.
double tolerance(Precision precision) {
  constexpr double kTolerances[] = {2e-6, 2e-3, 2e-2};
  return kTolerances[static_cast<std::size_t>(precision)];
}

// A test of it starts with Hopper's kernels in fp32, or is skipped on a GPU that has none.
class HopperTest : public InEachPrecision {
 protected:
  void SetUp() override {
    InEachPrecision::SetUp();
    if (!why_unavailable(GetParam()).empty()) return;  // skipped
    set_generation(Generation::hopper);
    const std::string problem = message_of([] {
      (void)conv2d_implementation({1, 8, 8, 32}, {64, 3, 3, 32}, {1, 1}, GetParam());
    });
    if (!problem.empty()) GTEST_SKIP() << problem;
  }
};

struct Layer {
  const char* name;
  Shape input;
  std::int64_t channels, window_height, window_width;
  Conv2dGeometry geometry;
};

// Boxes of every form, and boxes that reach beyond the image on each side.
const Layer kLayers[] = {{"four images a patch", {3, 8, 8, 64}, 128, 3, 3, {1, 1}},
                         {"edges in both directions", {1, 13, 18, 32}, 128, 3, 3, {1, 1}},
                         {"more patches than blocks", {1, 36, 16, 32}, 64, 3, 3, {1, 1}},
                         {"1x1", {2, 7, 5, 96}, 64, 1, 1, {1, 0}},
                         {"without padding", {1, 10, 12, 32}, 64, 3, 3, {1, 0}},
                         {"5x3", {1, 9, 8, 32}, 64, 5, 3, {1, 2}},
                         {"one row", {2, 1, 40, 32}, 64, 1, 3, {1, 0}}};

// Random operands of a layer, on the processor.
struct Operands {
  Tensor x, weight, bias, g;

  explicit Operands(const Layer& l)
      : x(uniform(l.input, DType::f32, 1)),
        weight(uniform({l.channels, l.window_height, l.window_width, l.input[3]}, DType::f32, 2)),
        bias(uniform({l.channels}, DType::f32, 3)),
        g(uniform({l.input[0], l.geometry.output_size(l.input[1], l.window_height),
                   l.geometry.output_size(l.input[2], l.window_width), l.channels},
                  DType::f32, 4)) {}
};

Tensor exact(const Tensor& x) { return x.to(DType::f64); }

std::string implementation(const Layer& l, Device device) {
  return conv2d_implementation(l.input, {l.channels, l.window_height, l.window_width, l.input[3]},
                               l.geometry, device);
}

TEST_P(HopperTest, ConvolutionIsExact) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    EXPECT_EQ(implementation(layer, GetParam()).find("wgmma"), 0u);
    const Tensor expected = conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d(there(t.x), there(t.weight), there(t.bias), layer.geometry);
    });
  }
}

TEST_P(HopperTest, AgreesWithAmpere) {
  const Operands t(kLayers[0]);
  for (const Precision precision : kPrecisions) {
    SCOPED_TRACE(name_of(precision));
    set_precision(precision);
    const auto compute = [&](Generation generation) {
      set_generation(generation);
      return here(conv2d(there(t.x), there(t.weight), there(t.bias), kLayers[0].geometry));
    };
    const Tensor hopper = compute(Generation::hopper), ampere = compute(Generation::ampere);
    EXPECT_TRUE(is_close(hopper, ampere, tolerance(precision)));
    EXPECT_FALSE(has_same_bytes(hopper, ampere)) << "both by the same kernel";
  }
}

TEST_P(HopperTest, DataGradientIsExact) {
  for (const Layer& layer : kLayers) {
    if (layer.input[3] % 64 != 0) continue;  // the channels of the gradient
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor expected =
        conv2d_data_gradient(exact(t.g), exact(t.weight), layer.input, layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d_data_gradient(there(t.g), there(t.weight), layer.input, layer.geometry);
    });
  }
}

const Layer kGradients[] = {{"8x8", {2, 8, 8, 128}, 32, 3, 3, {1, 1}},
                            {"edges", {1, 11, 9, 64}, 64, 3, 3, {1, 1}},
                            {"without padding", {1, 12, 9, 64}, 32, 3, 3, {1, 0}}};

TEST_P(HopperTest, DataGradientTakesAMask) {
  for (const Layer& layer : kGradients) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor g = there(t.g), weight = there(t.weight);
    const Tensor expected =
        conv2d_data_gradient(exact(t.g), exact(t.weight), layer.input, layer.geometry);
    const PositiveMask mask = positive_mask(t.x);
    const PositiveMask gpu_mask{there(mask.bits), mask.shape};
    const Tensor gx = here(conv2d_data_gradient(g, weight, layer.input, layer.geometry));
    EXPECT_TRUE(is_close(gx, expected, 2e-6));
    const Tensor masked = conv2d_data_gradient(g, weight, layer.input, layer.geometry, &gpu_mask);
    EXPECT_TRUE(has_same_bytes(here(masked), apply_mask(gx, mask)));
  }
}

// A layer for each of the two tiles, of images that are cut by them: one is enough for the few
// multiprocessors of the simulator, some make work for the many of a GPU.
std::vector<Layer> layers_of_each_tile(Device device) {
  const std::int64_t images = device == Device::sim ? 1 : 36;
  return {{"small tile", {1, 10, 12, 32}, 64, 3, 3, {1, 1}},
          {"large tile", {images, 28, 32, 32}, 128, 3, 3, {1, 1}}};
}

TEST_P(HopperTest, ReluAndPoolingAreFused) {
  for (const Layer& layer : layers_of_each_tile(GetParam())) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const bool is_large = layer.channels == 128;
    const Tensor expected =
        conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry, Activation::relu);
    const Tensor x = there(t.x), weight = there(t.weight), bias = there(t.bias);
    for (const Precision precision : kPrecisions) {
      SCOPED_TRACE(name_of(precision));
      set_precision(precision);
      const char* const large = precision == Precision::fp32 ? "128x128x32" : "256x128x32";
      EXPECT_NE(implementation(layer, GetParam()).find(is_large ? large : "128x64x32"),
                std::string::npos);
      const BlockOutput block = conv2d_block(x, weight, bias, layer.geometry, nullptr, true);
      const Tensor y = here(block.y);
      EXPECT_TRUE(is_close(y, expected, tolerance(precision)));
      EXPECT_TRUE(has_same_bytes(here(block.open.bits), positive_mask(y).bits));

      const PoolGeometry pool{2, 2};
      PoolIndex index;
      const Tensor maxima = max_pool2d(y, pool, &index, true);
      const BlockOutput pooled = conv2d_block(x, weight, bias, layer.geometry, &pool, true);
      EXPECT_TRUE(has_same_bytes(here(pooled.y), maxima));
      EXPECT_TRUE(has_same_bytes(here(pooled.index.position), index.position));
      const BlockOutput forgetful = conv2d_block(x, weight, bias, layer.geometry, &pool, false);
      EXPECT_TRUE(has_same_bytes(here(forgetful.y), maxima));
    }
  }
}

// Equal maxima, windows of zeros, and NaN.
TEST_P(HopperTest, PoolsTiesAsTheProcessorDoes) {
  Tensor x = uniform({1, 8, 8, 64}, DType::f32, 1);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    float& value = x.mutable_data<float>()[i];
    value = std::round(value);
    if (i % 4001 == 5) value = std::numeric_limits<float>::quiet_NaN();
  }
  Tensor identity = Tensor::zeros({64, 1, 1, 64});
  for (std::int64_t c = 0; c < 64; ++c) identity.mutable_data<float>()[c * 65] = 1;
  const Tensor y = conv2d(there(x), there(identity), {}, {1, 0}, Activation::relu);
  const PoolGeometry pool{2, 2};
  PoolIndex index;
  const Tensor maxima = max_pool2d(here(y), pool, &index, true);
  const BlockOutput block = conv2d_block(there(x), there(identity), {}, {1, 0}, &pool, true);
  EXPECT_TRUE(has_same_bytes(here(block.y), maxima));
  EXPECT_TRUE(has_same_bytes(here(block.index.position), index.position));
}

// Images alone and together.
TEST_P(HopperTest, SameBytesInAnyBatch) {
  const Layer layers[] = {{"8x8", {3, 8, 8, 64}, 64, 3, 3, {1, 1}},
                          {"of other tiles", {2, 16, 16, 32}, 128, 3, 3, {1, 1}}};
  for (const Layer& layer : layers) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor x = there(t.x), weight = there(t.weight);
    for (const Precision precision : kPrecisions) {
      SCOPED_TRACE(name_of(precision));
      set_precision(precision);
      const Tensor all = here(conv2d(x, weight, {}, layer.geometry));
      for (const auto& [first, count] : {std::pair{0, 1}, {1, 1}})
        EXPECT_TRUE(has_same_bytes(here(conv2d(x.rows(first, count), weight, {}, layer.geometry)),
                                   all.rows(first, count)));
    }
  }
}

TEST_P(HopperTest, SaysWhichTileItTakes) {
  const auto name = [&](const Shape& x, const Shape& weight) {
    return conv2d_implementation(x, weight, {1, 1}, GetParam());
  };
  const Shape image{32, 128, 128, 128}, square{128, 3, 3, 128};
  EXPECT_EQ(name(image, square), "wgmma implicit GEMM 128x128x32, 3xTF32");
  EXPECT_EQ(name({1, 8, 8, 32}, {64, 3, 3, 32}), "wgmma implicit GEMM 128x64x32, 3xTF32");
  set_precision(Precision::tf32);
  EXPECT_EQ(name(image, square), "wgmma implicit GEMM 256x128x32, TF32");
  set_precision(Precision::bf16);
  EXPECT_EQ(name(image, square), "wgmma implicit GEMM 256x128x32, bf16");
  // What wgmma is not for.
  EXPECT_EQ(name({32, 128, 128, 16}, {64, 3, 3, 16}).find("mma.sync"), 0u);
  EXPECT_EQ(name(image, {96, 3, 3, 128}).find("mma.sync"), 0u);
  EXPECT_EQ(conv2d_implementation(image, square, {2, 1}, GetParam()).find("mma.sync"), 0u);
  set_generation(Generation::ampere);
  EXPECT_EQ(name(image, square).find("mma.sync"), 0u);
}

struct Product {
  std::int64_t m, n, k;
};

TEST_P(HopperTest, ProductsAreExact) {
  // Cut tiles, one row, large tiles, k that ends within a chunk, and a sum in three parts.
  const Product products[] = {{70, 200, 96}, {1, 64, 40}, {200, 600, 68}, {5, 72, 3300}};
  for (const Product& p : products) {
    SCOPED_TRACE(str(p.m, " x ", p.n, " x ", p.k));
    const Tensor a = uniform({p.m, p.k}, DType::f32, 1), b = uniform({p.n, p.k}, DType::f32, 2);
    const Tensor expected = gemm(exact(a), false, exact(b), true);
    for (const Precision precision : kPrecisions) {
      SCOPED_TRACE(name_of(precision));
      set_precision(precision);
      const Tensor c = here(gemm(there(a), false, there(b), true));
      EXPECT_TRUE(is_close(c, expected, tolerance(precision)));
      const Tensor last = gemm(there(a).rows(p.m - 1, 1), false, there(b), true);
      EXPECT_TRUE(has_same_bytes(here(last), c.rows(p.m - 1, 1)));
    }
  }
}

#ifdef BACKLIGHT_HAS_SIM

class SimulatedHopper : public ::testing::Test {
 protected:
  void SetUp() override {
    open_device(Device::sim);
    set_generation(Generation::hopper);
  }
  void TearDown() override {
    set_precision(Precision::fp32);
    set_generation(Generation::automatic);
    sim::set_counting(false);
    sim::clear_launch_statistics();
  }
};

// In whatever order the threads run, nothing is read too early or overwritten too soon.
TEST_F(SimulatedHopper, IsCleanUnderSeveralSeeds) {
  const Operands t(kLayers[2]);
  const Tensor x = t.x.to(Device::sim), weight = t.weight.to(Device::sim);
  const std::uint64_t seed = sim::seed();
  for (const Precision precision : kPrecisions) {
    set_precision(precision);
    const Tensor y = here(conv2d(x, weight, {}, {1, 1}));
    for (const std::uint64_t another : {11, 12}) {
      sim::set_seed(another);
      EXPECT_TRUE(has_same_bytes(here(conv2d(x, weight, {}, {1, 1})), y)) << another;
    }
  }
  sim::set_seed(seed);
}

// Reading shared memory takes as few passes over the banks as the width of each load allows, and
// floats are written in whole sectors.
TEST_F(SimulatedHopper, WastesNoPassesAndNoSectors) {
  sim::set_counting(true);
  for (const Layer& layer : layers_of_each_tile(Device::sim)) {
    const Operands t(layer);
    const Tensor x = t.x.to(Device::sim), weight = t.weight.to(Device::sim);
    const PoolGeometry pool{2, 2};
    for (const Precision precision : kPrecisions) {
      set_precision(precision);
      (void)conv2d_block(x, weight, {}, layer.geometry, nullptr, true);
      (void)conv2d_block(x, weight, {}, layer.geometry, &pool, true);
    }
  }
  std::uint64_t matrix_loads = 0;
  for (const sim::LaunchStatistics& launch : sim::launch_statistics()) {
    for (const sim::LineStatistics& line : launch.lines)
      EXPECT_EQ(line.traffic.wavefronts, line.traffic.ideal_wavefronts)
          << launch.kernel << ", " << launch.shapes << ": " << line.file << ":" << line.line;
    matrix_loads += launch.total(sim::Instruction::matrix_load).requests;
    // Of the bytes of masks and places, a store writes less than a sector of 32 bytes.
    const sim::Traffic& stores = launch.total(sim::Instruction::global_store);
    EXPECT_LE(stores.sectors, stores.ideal_sectors * 8 / 5)
        << launch.kernel << ", " << launch.shapes;
  }
  EXPECT_GT(matrix_loads, 0);
}

#endif

TEST_ON_EACH_GPU(HopperTest);

}  // namespace
}  // namespace backlight::kernels
