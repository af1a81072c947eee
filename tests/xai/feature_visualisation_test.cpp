#include "xai/feature_visualisation.h"

#include "tests/xai/food_cnn_fixture.h"
#include "xai/filter_activation.h"
#include "xai/fourier_picture.h"

namespace backlight::testing {
namespace {

const VisualisationOptions kNotebook{
    .variant = Variant::notebook, .steps = 100, .learning_rate = 0.1};
const PictureFormat kSmall{{1, 12, 12, 3}, DType::f64};

// A convolution of four filters and a smooth activation, by name.
Var two_layers(const Var& x) {
  static const Tensor weight = uniform({4, 3, 3, 3}, DType::f64, 21);
  Var value;
  {
    const LayerScope scope("conv");
    value = observe(conv2d(x, weight.to(x.dtype()).to(x.value().device()), {}, {1, 1}));
  }
  const LayerScope scope("tanh");
  return observe(tanh(value));
}

Visualisation visualise(std::int64_t filter, VisualisationOptions options,
                        const std::string& layer = "tanh", const Tensor& start = {}) {
  return visualise_filters(two_layers, layer, {{filter, start}}, kSmall, options).front();
}

Tensor batched(const Tensor& picture) {
  return picture.reshape({1, picture.dim(0), picture.dim(1), picture.dim(2)});
}

// PyTorch's Adam on the pixels, step by step, of two pictures at once.
TEST(FeatureVisualisation, NotebooksAscentIsPyTorchs) {
  const StateDict reference = fixture_weights("food_cnn/filters.safetensors");
  const Tensor at = fixture_npy("food_cnn/sample_values.npy");
  const Model model = food_cnn("food", DType::f64);
  constexpr std::int64_t kKept = 500, kSteps = 6;
  for (const auto& [layer, filter] : {std::pair{15, 3}, {21, 2}})
    for (const std::int64_t steps : {std::int64_t{1}, kSteps}) {
      const std::string name = str("ascent.", layer, ".", filter);
      VisualisationOptions options = kNotebook;
      options.steps = steps;
      const std::vector<Visualisation> found =
          visualise_filters(model, str("cnn.", layer),
                            {{filter, picture(0, DType::f64)}, {filter, picture(1, DType::f64)}},
                            {{1, 128, 128, 3}, DType::f64}, options);
      for (std::int64_t n = 0; n < 2; ++n) {
        const Visualisation& one = found[static_cast<std::size_t>(n)];
        const Tensor& sums = reference.at(name + ".sums");
        EXPECT_NEAR(one.start_sum, sums.at(n), 1e-9 * std::abs(sums.at(n)));
        EXPECT_NEAR(one.sum, sums.at(2 * steps + n), 1e-6 * std::abs(sums.at(2 * steps + n)));
        Tensor samples({1, kKept}, DType::f64);
        for (std::int64_t i = 0; i < kKept; ++i)
          samples.mutable_data<double>()[i] = one.picture.at(static_cast<std::int64_t>(at.at(i)));
        EXPECT_TRUE(is_close(samples, reference.at(str(name, ".", steps)).rows(n, 1), 1e-8))
            << name << ", " << steps << " steps";
      }
    }
}

// Adam's first step moves each number by the learning rate, g / (|g| + 1e-8) of it: here with g by
// finite differences of what the step is said to climb.
TEST(FeatureVisualisation, PapersStepClimbsTheFilterSeenThroughARandomWindow) {
  VisualisationOptions options{.steps = 1,
                               .learning_rate = 0.05,
                               .seed = 9,
                               .spread = {.jitter = 1, .rotate = 15, .scale = 0.2}};
  const RandomWindows windows(12, 12, options.spread, 9);
  const FourierPicture waves(windows.canvas_height(), windows.canvas_width(), DType::f64,
                             Device::cpu);
  const auto sum_at = [&](const Tensor& z) {
    const Tensor seen = windows.drawn(waves.decode(z), 0).value();
    return filter_activation(layer_activation(two_layers, seen, "tanh"), 0, 2).sum;
  };
  const Tensor start = waves.noise(9);
  Tensor moved = start.clone();
  constexpr double kStep = 1e-4;
  for (std::int64_t i = 0; i < start.numel(); ++i) {
    const auto near = [&](double step) {
      Tensor z = start.clone();
      z.mutable_data<double>()[i] += step;
      return sum_at(z);
    };
    const double slope = (near(kStep) - near(-kStep)) / (2 * kStep);
    if (std::abs(slope) > 1e-6) moved.mutable_data<double>()[i] += 0.05 * (slope > 0 ? 1 : -1);
  }
  const Tensor expected = windows.middle(waves.decode(moved)).value();
  const Visualisation found = visualise(2, options);
  EXPECT_TRUE(is_close(batched(found.picture), expected, 1e-4));
  const Tensor before = windows.middle(waves.decode(start)).value();
  const auto sum_in = [&](const Tensor& picture) {
    return filter_activation(layer_activation(two_layers, picture, "tanh"), 0, 2).sum;
  };
  EXPECT_NEAR(found.start_sum, sum_in(before), 1e-12);
  EXPECT_NEAR(found.sum, sum_in(batched(found.picture)), 1e-12);
}

TEST(FeatureVisualisation, ReachesFarMoreThanAnyPictureAtRandom) {
  double best = -1e9;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Tensor x = uniform(kSmall.shape, DType::f64, seed, 0, 1);
    best = std::max(best, filter_activation(layer_activation(two_layers, x, "tanh"), 0, 1).sum);
  }
  const Visualisation found = visualise(1, {.steps = 40, .spread = {.jitter = 1}});
  EXPECT_GT(found.sum, 1.2 * best);
  EXPECT_GT(found.sum, found.start_sum);
  for (std::int64_t i = 0; i < found.picture.numel(); ++i)
    EXPECT_TRUE(found.picture.at(i) > 0 && found.picture.at(i) < 1);
}

double total_variation_of(const Tensor& picture) {
  double total = 0;
  const std::int64_t rows = picture.dim(0), line = picture.dim(1) * picture.dim(2);
  for (std::int64_t i = 0; i + line < rows * line; ++i)
    total += std::abs(picture.at(i + line) - picture.at(i));
  for (std::int64_t i = 0; i + 3 < rows * line; ++i)
    if (i % line + 3 < line) total += std::abs(picture.at(i + 3) - picture.at(i));
  return total;
}

double distance_from_grey(const Tensor& picture) {
  return distance(picture, Tensor::full(picture.shape(), 0.5, DType::f64));
}

TEST(FeatureVisualisation, PenaltiesKeepPicturesSmoothAndGrey) {
  const VisualisationOptions plain{.steps = 30, .spread = {.jitter = 1}};
  VisualisationOptions smooth = plain, grey = plain;
  smooth.total_variation = 0.5;
  grey.l2 = 5;
  const Visualisation free = visualise(0, plain);
  const Visualisation smoothed = visualise(0, smooth), greyed = visualise(0, grey);
  EXPECT_LT(total_variation_of(smoothed.picture), 0.7 * total_variation_of(free.picture));
  EXPECT_LT(distance_from_grey(greyed.picture), 0.7 * distance_from_grey(free.picture));
  EXPECT_GT(greyed.sum, greyed.start_sum);
}

TEST(FeatureVisualisation, ScalesOfFiltersDoNotMatter) {
  const Model larger = [](const Var& x) {
    Var value = two_layers(x);
    const LayerScope scope("larger");
    return observe(affine(value, 1000, 5));
  };
  const VisualisationOptions options{.steps = 10, .spread = {.jitter = 1}, .total_variation = 0.1};
  const Visualisation large = visualise_filters(larger, "larger", {{3}}, kSmall, options).front();
  EXPECT_TRUE(is_close(large.picture, visualise(3, options).picture, 1e-6));
}

// A filter that no nearly grey picture excites is woken, and then grows as others do.
TEST(FeatureVisualisation, WakesFiltersThatAreSilent) {
  static const Tensor weight = uniform({4, 3, 3, 3}, DType::f64, 21);
  // Of grey, 0.3 too little to open.
  const Tensor of_grey = affine(sum_to(weight.reshape({4, 27}), {4, 1}), -0.5, -0.3).value();
  const Tensor bias = of_grey.reshape({4});
  const Model model = [&](const Var& x) {
    const LayerScope scope("relu");
    return observe(relu(conv2d(x, weight, bias, {1, 0})));
  };
  VisualisationOptions options{.steps = 1};
  const auto reached = [&](std::int64_t filter) {
    return visualise_filters(model, "relu", {{filter, {}}}, kSmall, options).front();
  };
  EXPECT_EQ(reached(0).start_sum, 0);
  options.steps = 12;
  for (const std::int64_t filter : {0, 1}) EXPECT_GT(reached(filter).sum, 1) << filter;
  // By the notebook's pixels it stays asleep, as its gradient is.
  options.variant = Variant::notebook;
  const Tensor grey = Tensor::full(kSmall.shape, 0.5, DType::f64);
  EXPECT_EQ(visualise_filters(model, "relu", {{0, grey}}, kSmall, options).front().sum, 0);
}

TEST(FeatureVisualisation, StartsFromThePhotoItIsGiven) {
  const Tensor photo = uniform(kSmall.shape, DType::f64, 2, 0.1f, 0.9f);
  for (VisualisationOptions options : {VisualisationOptions{}, kNotebook}) {
    options.steps = 1;
    options.learning_rate = 1e-9;
    const Visualisation still = visualise(1, options, "conv", photo);
    EXPECT_TRUE(is_close(batched(still.picture), photo, 1e-6));
    EXPECT_NEAR(still.start_sum,
                filter_activation(layer_activation(two_layers, photo, "conv"), 0, 1).sum, 1e-9);
  }
}

// Alone or beside others, in batches of any size.
TEST(FeatureVisualisation, HasTheSameBytesWhateverIsBesideIt) {
  const Tensor photo = uniform(kSmall.shape, DType::f64, 2, 0.1f, 0.9f);
  const std::vector<VisualisationGoal> goals{{0}, {3, photo}, {1}, {3}, {0, photo}};
  for (VisualisationOptions options : {VisualisationOptions{}, kNotebook}) {
    options.steps = 4;
    const auto together =
        visualise_filters(two_layers, "tanh", goals, kSmall, options, {.batch = 5});
    for (const std::int64_t batch : {1, 2}) {
      std::vector<std::int64_t> done;
      const Work work{batch, [&](std::int64_t steps, std::int64_t total) {
                        EXPECT_EQ(total, 20);
                        done.push_back(steps);
                      }};
      const auto apart = visualise_filters(two_layers, "tanh", goals, kSmall, options, work);
      for (std::size_t n = 0; n < goals.size(); ++n) {
        EXPECT_TRUE(has_same_bytes(apart[n].picture, together[n].picture)) << n;
        EXPECT_EQ(apart[n].sum, together[n].sum);
      }
      EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
      EXPECT_EQ(done.back(), 20);
    }
    EXPECT_TRUE(has_same_bytes(together[0].picture, visualise(0, options).picture));
    EXPECT_FALSE(has_same_bytes(together[0].picture, together[4].picture));
  }
}

TEST(FeatureVisualisation, SeedsDifferAndRepeat) {
  for (VisualisationOptions options : {VisualisationOptions{}, kNotebook}) {
    options.steps = 3;
    const auto with_seed = [&](std::uint64_t seed) {
      options.seed = seed;
      return visualise(2, options).picture;
    };
    EXPECT_TRUE(has_same_bytes(with_seed(4), with_seed(4)));
    EXPECT_FALSE(has_same_bytes(with_seed(5), with_seed(4)));
  }
}

// The units of the last layer are the classes.
TEST(FeatureVisualisation, AUnitIsAFilterOfOnePlace) {
  const Model model = food_cnn("food");
  const Visualisation found =
      visualise_filters(model, "fc.3", {{7}}, {{1, 128, 128, 3}}, {.steps = 6}).front();
  EXPECT_GT(found.sum, found.start_sum);
  EXPECT_FLOAT_EQ(static_cast<float>(found.sum),
                  static_cast<float>(model(batched(found.picture)).value().at(7)));
}

TEST(FeatureVisualisation, RefusesWhatMakesNoSense) {
  const auto complaint = [](VisualisationOptions options, std::int64_t filter = 0,
                            const std::string& layer = "tanh") {
    return message_of([&] { visualise(filter, options, layer); });
  };
  EXPECT_NE(complaint({.steps = 0}), "");
  EXPECT_NE(complaint({.learning_rate = 0}), "");
  EXPECT_NE(complaint({.l2 = -1}), "");
  EXPECT_NE(complaint({.total_variation = std::nan("")}), "");
  EXPECT_NE(complaint({.variant = Variant::captum}), "");
  EXPECT_NE(complaint({.spread = {.rotate = 100}}), "");
  EXPECT_NE(complaint({}, 4).find("a layer of 4"), std::string::npos);
  EXPECT_NE(complaint({}, 0, "relu").find("'relu'"), std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
