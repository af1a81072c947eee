// Passes that run only what sees a change: what whole passes give.
#include "xai/local_passes.h"

#include "kernels/elementwise.h"
#include "layers/activation.h"
#include "tests/kernels/threads.h"
#include "xai/coalitions.h"
#include "xai/feature_ablation.h"
#include "xai/food_cnn_model.h"
#include "xai/kernel_shap.h"
#include "xai/occlusion.h"
#include "xai/segmentation/grid.h"

namespace backlight::testing {
namespace {

const Objective kObjective = logit_of(3);

// A small food CNN for photos of this size, the signal of which does not fade.
FoodCnn small_network(const FoodCnnConfig& config, std::int64_t side, DType dtype) {
  FoodCnnConfig with_size = config;
  with_size.input_size = side;
  FoodCnn network(with_size);
  network.initialise(5);
  for (const NamedTensor& named : network.named_tensors()) {
    float* const values = named.tensor->rank() < 2 ? nullptr : named.tensor->mutable_data<float>();
    for (std::int64_t i = 0; values && i < named.tensor->numel(); ++i) values[i] *= 2.4f;
  }
  network.to(dtype);
  return network;
}

// A model without its stages.
Model whole(const Model& model) {
  return [model](const Var& x) { return model(x); };
}

// x with other numbers in each of these areas.
Tensor changed_points(const Tensor& x, const std::vector<Area>& areas,
                      const std::vector<std::int64_t>& which) {
  std::vector<Tensor> points;
  for (const std::int64_t k : which) {
    Tensor point = kernels::affine(x, 1, 0);
    const Area& area = areas[static_cast<std::size_t>(k)];
    const Tensor other = uniform(x.shape(), x.dtype(), static_cast<std::uint64_t>(20 + k));
    dispatch_floating(x.dtype(), "a test", [&](auto type) {
      using T = decltype(type);
      for (std::int64_t i = area.rows.first; i < area.rows.last; ++i)
        for (std::int64_t j = 3 * area.columns.first; j < 3 * area.columns.last; ++j)
          point.mutable_data<T>()[i * x.dim(2) * 3 + j] = other.data<T>()[i * x.dim(2) * 3 + j];
    });
    points.push_back(point);
  }
  return concatenate(points);
}

Tensor scores_of(const Model& model, const Tensor& x, const std::vector<Area>& areas,
                 const Work& work) {
  return Tensor::from(
      scores_near(
          model, kObjective, x, areas,
          [&](const std::vector<std::int64_t>& which) { return changed_points(x, areas, which); },
          work),
      {static_cast<std::int64_t>(areas.size())});
}

// Areas in the middle, at every edge, of one pixel, of none and of all, of a photo of 64 pixels.
const std::vector<Area> kAreas{
    {{30, 38}, {25, 31}}, {{0, 5}, {0, 7}},   {{60, 64}, {61, 64}}, {{0, 2}, {50, 64}},
    {{33, 34}, {7, 8}},   {{10, 10}, {9, 9}}, {{0, 64}, {0, 64}},   {{20, 21}, {0, 64}},
    {{16, 32}, {40, 56}}, {{63, 64}, {0, 1}}, {{5, 17}, {20, 44}},  {{24, 32}, {24, 32}},
};

TEST(LocalPasses, GiveWhatWholePassesGive) {
  const Tensor x = uniform({1, 64, 64, 3}, DType::f64, 7, 0, 1);
  for (const FoodCnnConfig& config : {FoodCnnConfig::course(32), FoodCnnConfig::prelu_2020(32)}) {
    FoodCnn network = small_network(config, 64, DType::f64);
    const Model model = model_of(network);
    ASSERT_EQ(model.stages().size(), 5u);
    const Tensor expected = scores_of(whole(model), x, kAreas, {.batch = 4});
    EXPECT_TRUE(is_close(scores_of(model, x, kAreas, {.batch = 2}), expected, 1e-12));
    for (std::size_t k = 0; k < kAreas.size(); ++k)  // the areas matter
      if (k != 5) {
        EXPECT_GT(std::abs(expected.at(static_cast<std::int64_t>(k)) - expected.at(5)),
                  1e-9 * std::abs(expected.at(5)))
            << k;
      }
  }
}

TEST(LocalPasses, SeeSmallWindows) {
  FoodCnn network = small_network(FoodCnnConfig::course(32), 128, DType::f32);
  const Model full = model_of(network);
  std::vector<std::vector<Shape>> seen(full.stages().size());
  std::vector<LocalStage> watched = full.stages();
  for (std::size_t k = 0; k < watched.size(); ++k)
    watched[k].run = [&seen, &full, k](const Var& x) {
      seen[k].push_back(x.shape());
      return full.stages()[k].run(x);
    };
  int whole_passes = 0;
  const Model model(
      [&](const Var& x) {
        ++whole_passes;
        return full(x);
      },
      watched, [&](const Var& features) { return full.head(features); });
  const Tensor x = uniform({1, 128, 128, 3}, DType::f32, 7, 0, 1);
  scores_of(model, x, {{{32, 48}, {64, 80}}}, {});
  EXPECT_EQ(whole_passes, 0);
  // The photo itself once, then 16 pixels and 3 + 3 on each side of three convolutions, and so on.
  const std::int64_t photo[] = {128, 64, 32, 16, 8}, windows[] = {32, 28, 24, 16, 8};
  for (std::size_t k = 0; k < seen.size(); ++k) {
    ASSERT_EQ(seen[k].size(), 2u);
    EXPECT_EQ(seen[k][0][1], photo[k]);
    EXPECT_EQ(seen[k][1][1], windows[k]) << k;
    EXPECT_EQ(seen[k][1][2], windows[k]) << k;
  }
  scores_of(model, x, {{{0, 128}, {0, 100}}}, {});
  EXPECT_EQ(whole_passes, 1);
}

// Were a stage to see farther than it says, the comparison above would tell.
TEST(LocalPasses, DependOnHowFarAStageSees) {
  FoodCnn network = small_network(FoodCnnConfig::course(32), 64, DType::f64);
  const Model model = model_of(network);
  const Tensor x = uniform({1, 64, 64, 3}, DType::f64, 7, 0, 1);
  std::vector<LocalStage> short_sighted = model.stages();
  EXPECT_EQ(short_sighted[1].locality.reach, 3);
  short_sighted[1].locality.reach = 2;
  const Model wrong([&](const Var& input) { return model(input); }, short_sighted,
                    [&](const Var& features) { return model.head(features); });
  const std::vector<Area> area{{{24, 32}, {24, 32}}};
  EXPECT_FALSE(is_close(scores_of(wrong, x, area, {}), scores_of(whole(model), x, area, {}), 1e-9));
}

// A chain that ends without a pooling, on pictures that are not square; where a pooling leaves rows
// over, the picture goes through whole.
TEST(LocalPasses, OfAnyChainOnAnyPicture) {
  Sequential layers;
  layers.add<Conv2d>(3, 4, 3, Conv2dGeometry{1, 1});
  layers.add<MaxPool2d>(PoolGeometry{2, 2});
  layers.add<ReLU>();
  layers.add<Conv2d>(4, 5, 5, Conv2dGeometry{1, 2});
  std::vector<NamedTensor> tensors;
  layers.collect("", tensors);
  for (const NamedTensor& named : tensors)
    *named.tensor = uniform(named.tensor->shape(), DType::f64, named.tensor->numel());
  const auto head = [](const Var& features) {
    return sum_to(exp(features), {features.dim(0), 1, 1, 5});
  };
  const auto logits = [=](const Var& features) { return flatten(head(features)); };
  int runs = 0;
  std::vector<LocalStage> stages = layers.local_stages("");
  ASSERT_EQ(stages.size(), 2u);
  for (LocalStage& stage : stages)
    stage.run = [&runs, run = stage.run](const Var& x) {
      ++runs;
      return run(x);
    };
  const Model model([&](const Var& x) { return logits(layers.forward(x)); }, stages, logits);
  const std::vector<Area> areas{{{0, 1}, {3, 4}}, {{8, 10}, {0, 2}}, {{5, 6}, {11, 13}}};
  for (const auto& [height, width] : {std::pair{26, 40}, {40, 26}, {27, 40}, {40, 27}}) {
    const Tensor x = uniform({1, height, width, 3}, DType::f64, 7);
    runs = 0;
    const Tensor actual = scores_of(model, x, areas, {.batch = 2});
    EXPECT_TRUE(is_close(actual, scores_of(whole(model), x, areas, {}), 1e-12));
    EXPECT_EQ(runs > 0, height % 2 == 0 && width % 2 == 0) << height << " x " << width;
  }
}

TEST(LocalPasses, LeaveWhatDoesNotChangeExactlyAsItIs) {
  FoodCnn network = small_network(FoodCnnConfig::course(4), 64, DType::f32);
  const Model model = model_of(network);
  const Tensor x = uniform({1, 64, 64, 3}, DType::f32, 7, 0, 1);
  // A baseline that differs in the upper left quarter.
  const Tensor baseline = changed_points(x, {{{0, 32}, {0, 32}}}, {0});
  const OcclusionResult covered =
      occlusion(model, x, baseline, kObjective, {.window = 16, .stride = 16});
  const SegmentGame game(model, kObjective, x, baseline, grid_segments(64, 64, 4, 4));
  const Tensor ablated = feature_ablation(game).values;
  EXPECT_EQ(covered.score, evaluate(model, x, kObjective));
  for (std::int64_t i = 0; i < 64; i += 5)
    for (std::int64_t j = 0; j < 64; j += 5) {
      const bool changes = i < 32 && j < 32;
      EXPECT_EQ(covered.values.at(i * 64 + j) != 0, changes) << i << ", " << j;
      EXPECT_EQ(ablated.at(i * 64 + j) != 0, changes) << i << ", " << j;
    }
}

TEST(LocalPasses, HaveTheSameBytesForAnyBatchAndThreadCount) {
  FoodCnn network = small_network(FoodCnnConfig::course(4), 64, DType::f32);
  const Model model = model_of(network);
  const Tensor x = uniform({1, 64, 64, 3}, DType::f32, 7, 0, 1);
  expect_same_bytes_on_any_threads([&] { return scores_of(model, x, kAreas, {.batch = 3}); });
  const Tensor expected = scores_of(model, x, kAreas, {.batch = 1});
  EXPECT_TRUE(has_same_bytes(scores_of(model, x, kAreas, {.batch = 5}), expected));
  EXPECT_TRUE(is_close(expected, scores_of(whole(model), x, kAreas, {}), 1e-5));
}

TEST(LocalPasses, TellTheirProgress) {
  FoodCnn network = small_network(FoodCnnConfig::course(32), 64, DType::f32);
  const Tensor x = uniform({1, 64, 64, 3}, DType::f32, 7, 0, 1);
  std::int64_t last = 0;
  scores_of(model_of(network), x, kAreas,
            {.batch = 2, .progress = [&](std::int64_t done, std::int64_t total) {
               EXPECT_GT(done, last);
               EXPECT_EQ(total, static_cast<std::int64_t>(kAreas.size()));
               last = done;
             }});
  EXPECT_EQ(last, static_cast<std::int64_t>(kAreas.size()));
}

TEST(LocalPasses, LeaveMethodsTheirMaps) {
  FoodCnn network = small_network(FoodCnnConfig::course(32), 64, DType::f64);
  const Model model = model_of(network);
  const Tensor x = uniform({1, 64, 64, 3}, DType::f64, 7, 0, 1);
  const Tensor baseline = uniform(x.shape(), DType::f64, 8, 0, 1);
  const auto maps = [&](const Model& asked) {
    const SegmentGame game(asked, kObjective, x, baseline, grid_segments(64, 64, 6, 6));
    return std::vector{
        occlusion(asked, x, baseline, kObjective, {.window = 12, .stride = 10}).values,
        feature_ablation(game).values, kernel_shap(game, {.samples = 100}).values};
  };
  ASSERT_FALSE(model.stages().empty());
  const std::vector<Tensor> actual = maps(model), expected = maps(whole(model));
  for (std::size_t m = 0; m < expected.size(); ++m)
    EXPECT_TRUE(is_close(actual[m], expected[m], 1e-10)) << m;
}

}  // namespace
}  // namespace backlight::testing
