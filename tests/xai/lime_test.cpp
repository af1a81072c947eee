#include "xai/lime.h"

#include <numeric>

#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/networks.h"
#include "xai/ridge.h"
#include "xai/segmentation/pixels.h"

namespace backlight::testing {
namespace {

Tensor weights_of(const LimeResult& result) {
  return Tensor::from(result.weights, {static_cast<std::int64_t>(result.weights.size())});
}

// Squares of `side` pixels, numbered row by row.
Tensor blocks(std::int64_t height, std::int64_t width, std::int64_t side) {
  Tensor segments({height, width}, DType::i32);
  for (std::int64_t i = 0; i < height * width; ++i)
    segments.mutable_data<std::int32_t>()[i] =
        static_cast<std::int32_t>(i / width / side * (width / side) + i % width / side);
  return segments;
}

// lime's explanation of a network in one case of make_lime_fixtures.py.
struct LimeCase {
  StateDict fixture = fixture_weights("lime/explanations.safetensors");
  std::string network, name;

  const Tensor& at(const std::string& what) const {
    return fixture.at(network + "." + name + "." + what);
  }
  Tensor segments() const { return fixture.at(network + ".segments").to(DType::i32); }

  // Compares weights, intercept and R2 with ours under the same masks, and for the notebook the
  // picture it draws.
  void expect(const Model& model, const Tensor& x, const Objective& objective, Fill fill,
              double tolerance) const {
    SCOPED_TRACE(network + ", " + name);
    const bool notebook = name == "notebook";
    LimeOptions options{.fill = fill, .variant = notebook ? Variant::notebook : Variant::paper};
    const LimeResult result = lime_with_masks(model, x, segments(), at("masks").to(DType::u8),
                                              objective, options, {.batch = 16});
    // lime's number s + 1 is our segment s; its number 0 is the invented one.
    const Tensor expected = at("weights");
    Tensor actual(expected.shape(), DType::f64);
    const std::int64_t count = expected.numel();
    for (std::int64_t s = 0; s < count; ++s) {
      double& weight = actual.mutable_data<double>()[s];
      weight =
          result.weights[static_cast<std::size_t>(notebook ? std::max<std::int64_t>(s - 1, 0) : s)];
      if (notebook && s == 0) weight = result.invented;
    }
    EXPECT_TRUE(is_close(actual, expected, tolerance));
    EXPECT_NEAR(result.intercept, at("intercept").item(), tolerance * 10);
    EXPECT_NEAR(result.r2, at("r2").item(), tolerance * 10);
    EXPECT_NEAR(result.score, at("score").item(), tolerance * 10);
    EXPECT_NEAR(result.local, at("local").item(), tolerance * 10);
    if (!notebook) {
      EXPECT_EQ(result.invented, 0);
      expect_map(result);
      return;
    }
    EXPECT_EQ(result.weights.back(), 0);
    const Tensor& shown = at("shown");  // 0, 1, 2: against, not shown, for
    ASSERT_EQ(result.values.shape(), shown.shape());
    for (std::int64_t i = 0; i < shown.numel(); ++i) {
      const double value = result.values.at(i);
      ASSERT_EQ((value > 0) - (value < 0), shown.at(i) - 1) << "pixel " << i;
      if (value != 0) {
        const auto s = static_cast<std::size_t>(segments().at(i));
        ASSERT_NEAR(value, result.weights[s], 1e-6);
      }
    }
  }

  static void expect_map(const LimeResult& result) {
    for (std::int64_t i = 0; i < result.values.numel(); ++i) {
      const auto s = static_cast<std::size_t>(result.segments.at(i));
      ASSERT_NEAR(result.values.at(i), result.weights[s], 1e-6);
    }
  }
};

TEST(Lime, GivesLimesWeightsOfASmoothNetworkInFloat64) {
  const Network smooth = network("smooth");
  const Tensor x = smooth.reference.at("input").rows(0, 1);
  // The script multiplies its logits by 40, so that some weights reach the notebook's 0.05.
  const Objective objective = [](const Var& logits) { return affine(logit_of(3)(logits), 40, 0); };
  for (const auto& [name, fill] :
       {std::pair{"paper", Fill::mean}, {"black", Fill::black}, {"notebook", Fill::mean}})
    LimeCase{.network = "smooth", .name = name}.expect(smooth.model, x, objective, fill, 1e-9);
}

TEST(Lime, GivesLimesWeightsOfTheFoodCnn) {
  const Model model = food_cnn("food");
  const Objective objective = logit_of(label("food", 0));
  for (const char* name : {"paper", "notebook"})
    LimeCase{.network = "food", .name = name}.expect(model, picture(0), objective, Fill::mean,
                                                     1e-4);
}

// Where the model is a straight line itself, its own coefficients come out.
TEST(Lime, FindsTheEffectsOfALinearModel) {
  const Quadratic model(2, 8 * 8 * 3, DType::f64, 0);
  const Tensor x = uniform({1, 8, 8, 3}, DType::f64, 5, 0, 1), segments = blocks(8, 8, 4);
  for (const Fill fill : {Fill::mean, Fill::black, Fill::blurred}) {
    Tensor hidden = Tensor::zeros(x.shape(), DType::f64);
    if (fill == Fill::blurred) hidden = tensor_of(blurred(pixels_of(x), 0.5), DType::f64);
    if (fill == Fill::mean)
      for (std::int64_t i = 0; i < x.numel(); ++i)
        for (std::int64_t j = i % 3; j < x.numel(); j += 3)
          if (segments.at(i / 3) == segments.at(j / 3))
            hidden.mutable_data<double>()[i] += x.at(j) / 16;
    std::vector<double> effects(4);
    double of_hidden = model.bias.at(1);
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const double slope = model.slope.at(x.numel() + i);
      effects[static_cast<std::size_t>(segments.at(i / 3))] += slope * (x.at(i) - hidden.at(i));
      of_hidden += slope * hidden.at(i);
    }
    const LimeResult result =
        lime(model, x, segments, logit_of(1), {.samples = 60, .fill = fill, .ridge = 0});
    EXPECT_TRUE(is_close(weights_of(result), Tensor::from(effects, {4}), 1e-10));
    EXPECT_NEAR(result.intercept, of_hidden, 1e-10);
    EXPECT_NEAR(result.r2, 1, 1e-12);
    EXPECT_NEAR(result.local, result.score, 1e-10);
  }
}

// One segment, shown or hidden: by hand the slope is W (shown - hidden) / (W + ridge), where the
// sample that hides it (d = 1) counts e^(-1 / (2 width^2)) and W = w / (1 + w).
TEST(Lime, WeighsSamplesByTheirDistance) {
  const Quadratic model(1, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5, 0, 1), segments = blocks(2, 2, 2);
  const Tensor masks = Tensor::from<std::uint8_t>({1, 0}, {2, 1});
  const double shown = evaluate(model, x, logit_of(0));
  const double hidden = evaluate(model, Tensor::zeros(x.shape(), DType::f64), logit_of(0));
  for (const double width : {0.25, 1.0})
    for (const double ridge : {1.0, 0.125}) {
      const LimeResult result =
          lime_with_masks(model, x, segments, masks, logit_of(0),
                          {.fill = Fill::black, .kernel_width = width, .ridge = ridge});
      const double w = std::exp(-1 / (2 * width * width)), joint = w / (1 + w);
      const double slope = joint * (shown - hidden) / (joint + ridge);
      EXPECT_NEAR(result.weights.front(), slope, 1e-12);
      EXPECT_NEAR(result.intercept, (shown + w * hidden - slope) / (1 + w), 1e-12);
    }
}

// The quirk: only the last segment counts, and the notebook never hides it.
TEST(Lime, NotebookNeverHidesTheLastSegment) {
  const Model corner = [](const Var& x) {
    Tensor last = Tensor::zeros({1, 8 * 8 * 3}, DType::f64);
    last.mutable_data<double>()[8 * 8 * 3 - 1] = 1;
    return linear(flatten(x), last, Tensor::zeros({1}, DType::f64));
  };
  const Tensor x = uniform({1, 8, 8, 3}, DType::f64, 5, 0, 1), segments = blocks(8, 8, 4);
  LimeOptions options{.samples = 50, .fill = Fill::black};
  const LimeResult paper = lime(corner, x, segments, logit_of(0), options);
  EXPECT_GT(paper.weights[3], 0.5 * x.at(x.numel() - 1));
  options.variant = Variant::notebook;
  const LimeResult notebook = lime(corner, x, segments, logit_of(0), options);
  for (const double weight : notebook.weights) EXPECT_NEAR(weight, 0, 1e-14);
  EXPECT_NEAR(norm(notebook.values), 0, 1e-14);
}

TEST(Lime, HasTheSameBytesForAnyBatchAndItsSeed) {
  const Model model = food_cnn("food");
  const Tensor segments = blocks(128, 128, 32);
  const auto map = [&](std::int64_t batch, std::uint64_t seed) {
    return lime(model, picture(0), segments, logit_of(2), {.samples = 24, .seed = seed},
                {.batch = batch})
        .values;
  };
  const Tensor expected = map(8, 1);
  EXPECT_TRUE(has_same_bytes(map(1, 1), expected));
  EXPECT_TRUE(has_same_bytes(map(5, 1), expected));
  EXPECT_FALSE(has_same_bytes(map(8, 2), expected));
}

// Two runs with other masks lie as far apart as their standard errors say.
TEST(Lime, StandardErrorForetellsTheSpreadBetweenSeeds) {
  const Model model = food_cnn("food");
  const Tensor segments = blocks(128, 128, 32);
  const auto run = [&](std::uint64_t seed) {
    return lime(model, picture(0), segments, logit_of(2), {.samples = 64, .seed = seed},
                {.batch = 32});
  };
  double apart = 0, foretold = 0;
  for (std::uint64_t seed = 0; seed < 8; seed += 2) {
    const LimeResult a = run(seed), b = run(seed + 1);
    for (std::size_t s = 0; s < a.weights.size(); ++s) {
      apart += std::pow(a.weights[s] - b.weights[s], 2);
      foretold += std::pow(a.standard_errors[s], 2) + std::pow(b.standard_errors[s], 2);
    }
    EXPECT_NEAR(a.relative_error,
                norm(Tensor::from(a.standard_errors, {16})) / norm(Tensor::from(a.weights, {16})),
                1e-12);
    EXPECT_NEAR(a.standard_error.at(0), a.standard_errors[0], 1e-6);
  }
  EXPECT_NEAR(std::sqrt(apart / foretold), 1, 0.3);
}

TEST(Lime, MasksAreFairAndOwnedByTheirSample) {
  constexpr std::int64_t kSamples = 400, kSegments = 150;
  const Tensor masks = lime_masks(kSamples, kSegments, 9);
  for (std::int64_t s = 0; s < kSegments; ++s) EXPECT_EQ(masks.at(s), 1);
  double shown = 0, both = 0;
  for (std::int64_t i = kSegments; i < masks.numel(); ++i) {
    ASSERT_TRUE(masks.at(i) == 0 || masks.at(i) == 1);
    shown += masks.at(i);
    both += masks.at(i) * masks.at(i - 1);
  }
  const auto count = static_cast<double>((kSamples - 1) * kSegments);
  EXPECT_NEAR(shown / count, 0.5, 4 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(both / count, 0.25, 4 * 0.5 / std::sqrt(count));
  EXPECT_TRUE(has_same_bytes(lime_masks(7, kSegments, 9), masks.rows(0, 7)));
  EXPECT_FALSE(has_same_bytes(masks.rows(1, 1), masks.rows(2, 1)));
  EXPECT_FALSE(has_same_bytes(lime_masks(kSamples, kSegments, 10), masks));
}

TEST(Lime, RefusesWhatHasNoMeaning) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5), segments = blocks(2, 2, 1);
  const auto message = [&](const Tensor& cut, const LimeOptions& options) {
    return message_of([&] { lime(model, x, cut, logit_of(0), options); });
  };
  EXPECT_EQ(message(segments, {.samples = 9}), "");
  EXPECT_NE(message(segments, {.samples = 1}), "");
  EXPECT_NE(message(segments, {.samples = 9, .kernel_width = 0}), "");
  EXPECT_NE(message(segments, {.samples = 9, .kernel_width = std::nan("")}), "");
  EXPECT_NE(message(segments, {.samples = 9, .ridge = -1}), "");
  EXPECT_NE(message(segments, {.samples = 3, .ridge = 0}), "");  // four effects from three samples
  EXPECT_NE(message(blocks(2, 3, 1), {.samples = 9}), "");
  const Tensor hides = Tensor::from<std::uint8_t>({1, 1, 1, 0, 1, 1, 1, 1}, {2, 4});
  EXPECT_EQ(message_of([&] { lime_with_masks(model, x, segments, hides, logit_of(0)); }),
            "the first of LIME's masks must show every segment");
}

TEST(Ridge, IsScikitLearns) {
  const StateDict fixture = fixture_weights("lime/ridge.safetensors");
  const auto vector = [&](const char* name) {
    const Tensor& values = fixture.at(name);
    return std::vector<double>(values.data<double>(), values.data<double>() + values.numel());
  };
  for (const std::string alpha : {"0.0", "1.0", "25.0"}) {
    const LinearFit fit = fit_ridge(fixture.at("x"), vector("y"), vector("w"), std::stod(alpha));
    EXPECT_TRUE(is_close(Tensor::from(fit.weights, {7}), fixture.at("weights." + alpha), 1e-12));
    EXPECT_NEAR(fit.intercept, fixture.at("intercept." + alpha).item(), 1e-12);
    EXPECT_NEAR(fit.r2, fixture.at("r2." + alpha).item(), 1e-12);
  }
}

// HC3 is the root of how far the line moves, squared and summed, as each sample is left out.
TEST(Ridge, StandardErrorsAreThoseOfLeavingSamplesOut) {
  const StateDict fixture = fixture_weights("lime/ridge.safetensors");
  const auto vector = [&](const char* name) {
    const Tensor& values = fixture.at(name);
    return std::vector<double>(values.data<double>(), values.data<double>() + values.numel());
  };
  const std::vector<double> y = vector("y"), w = vector("w");
  const LinearFit fit = fit_ridge(fixture.at("x"), y, w, 2);
  std::vector<double> squares(7);
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::vector<double> others = w;
    others[i] = 0;
    const LinearFit without = fit_ridge(fixture.at("x"), y, others, 2);
    for (std::size_t j = 0; j < 7; ++j)
      squares[j] += std::pow(without.weights[j] - fit.weights[j], 2);
  }
  for (std::size_t j = 0; j < 7; ++j)
    EXPECT_NEAR(fit.standard_errors[j] / std::sqrt(squares[j]), 1, 1e-9);
}

TEST(Ridge, KnowsWhatItCannotTell) {
  const Tensor x = Tensor::from<double>({1, 2, 2, 4, 3, 6}, {3, 2});  // one column twice the other
  EXPECT_NE(message_of([&] { fit_ridge(x, {1, 2, 3}, {1, 1, 1}, 0); }), "");
  EXPECT_EQ(message_of([&] { fit_ridge(x, {1, 2, 3}, {1, 1, 1}, 1e-3); }), "");
  EXPECT_NE(message_of([&] { fit_ridge(x, {1, 2}, {1, 1}, 1); }), "");
  EXPECT_NE(message_of([&] { fit_ridge(x, {1, 2, 3}, {0, 0, 0}, 1); }), "");
  EXPECT_NE(message_of([&] { fit_ridge(x, {1, 2, 3}, {1, -1, 1}, 1); }), "");
  EXPECT_NE(message_of([&] { fit_ridge(x, {1, 2, 3}, {1, 1, 1}, std::nan("")); }), "");
  EXPECT_EQ(fit_ridge(x, {5, 5, 5}, {1, 1, 1}, 1).r2, 1);  // nothing to explain, all explained
}

}  // namespace
}  // namespace backlight::testing
