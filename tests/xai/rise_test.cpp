#include "xai/rise.h"

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(Rise, IsTheAuthorsFormulaWithTheSameDraws) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Tensor black = Tensor::zeros(fixture.x.shape(), DType::f64);
    const RiseResult result =
        rise(fixture.network.model, fixture.x, black, fixture.objective,
             {.masks = 40, .grid = 3, .probability = 0.4, .seed = fixture.seed}, {.batch = 7});
    EXPECT_TRUE(is_close(result.values, fixture.expected.at("rise"), 1e-12)) << name;
  }
}

// A model that sees nothing gives each pixel the mean of its mask over p, which is 1 within the
// standard error that it reports.
TEST(Rise, MasksShowEveryPixelAsOftenAsTheyShould) {
  const Model constant = [](const Var& x) {
    return affine(sum_to(flatten(x), {x.dim(0), 1}), 0, 1);
  };
  const Tensor x = uniform({1, 20, 13, 1}, DType::f64, 3);
  const RiseResult result =
      rise(constant, x, x, logit_of(0), {.masks = 2000, .grid = 4, .probability = 0.3});
  double squares = 0;
  for (std::int64_t i = 0; i < 260; ++i) {
    const double z = (result.values.at(i) - 1) / result.standard_error.at(i);
    EXPECT_FALSE(!(std::abs(z) <= 4.5)) << i;
    squares += z * z / 260;
  }
  EXPECT_GT(squares, 0.2);  // the errors of neighbours go together, so that this varies much
  EXPECT_LT(squares, 3);
}

// By the masks that were drawn, it is that constant everywhere, and exact.
TEST(Rise, DividedByTheMasksDrawnDoesNotFollowTheirNumber) {
  const Model constant = [](const Var& x) {
    return affine(sum_to(flatten(x), {x.dim(0), 1}), 0, 7);
  };
  const Tensor x = uniform({1, 20, 13, 1}, DType::f64, 3);
  for (const std::int64_t masks : {1, 3, 100}) {
    const RiseResult result =
        rise(constant, x, x, logit_of(0), {.masks = masks, .grid = 4, .count = MaskCount::drawn});
    for (std::int64_t i = 0; i < 260; ++i) {
      ASSERT_NEAR(result.values.at(i), 7, 1e-12);
      ASSERT_NEAR(result.standard_error.at(i), 0, 1e-6);
    }
  }
}

// Of a model that looks at one pixel, that pixel and its neighbours within a cell stand out.
TEST(Rise, FindsThePixelTheModelLooksAt) {
  const Model looks_at = [](const Var& x) {
    Tensor weight = Tensor::zeros({1, 24 * 24}, DType::f64);
    weight.mutable_data<double>()[17 * 24 + 6] = 1;
    return linear(flatten(x), weight, Var());
  };
  const Tensor x = Tensor::full({1, 24, 24, 1}, 1, DType::f64);
  const Tensor black = Tensor::zeros(x.shape(), DType::f64);
  const RiseResult result = rise(looks_at, x, black, logit_of(0), {.masks = 1000, .grid = 6});
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < 576; ++i)
    if (result.values.at(i) > result.values.at(best)) best = i;
  EXPECT_LE(std::abs(best / 24 - 17), 2);
  EXPECT_LE(std::abs(best % 24 - 6), 2);
  EXPECT_GT(result.relative_error, 0);
  EXPECT_LT(result.relative_error, 0.5);
}

TEST(Rise, StandardErrorForetellsTheSpreadBetweenSeeds) {
  const PerturbationCase fixture("smooth");
  for (const MaskCount count : {MaskCount::expected, MaskCount::drawn}) {
    const auto run = [&](std::uint64_t seed) {
      return rise(fixture.network.model, fixture.x, fixture.other, fixture.objective,
                  {.masks = 50, .grid = 4, .seed = seed, .count = count}, {.batch = 50});
    };
    double apart = 0, foretold = 0;
    for (std::uint64_t seed = 0; seed < 20; seed += 2) {
      const RiseResult a = run(seed), b = run(seed + 1);
      apart += std::pow(distance(a.values, b.values), 2);
      foretold += dot(a.standard_error, a.standard_error) + dot(b.standard_error, b.standard_error);
    }
    EXPECT_NEAR(std::sqrt(apart / foretold), 1, 0.3);
  }
}

// Both tend to the same map, the one by the masks drawn much faster where the scores are large.
TEST(Rise, BothCountsTendToTheSameMap) {
  const PerturbationCase fixture("smooth");
  const Objective high = [&](const Var& logits) {
    return affine(fixture.objective(logits), 1, 10);
  };
  const auto run = [&](MaskCount count, std::int64_t masks) {
    return rise(fixture.network.model, fixture.x, fixture.other, high,
                {.masks = masks, .grid = 3, .count = count}, {.batch = 50});
  };
  const RiseResult by_expected = run(MaskCount::expected, 4000);
  const RiseResult by_drawn = run(MaskCount::drawn, 4000);
  EXPECT_FALSE(
      !(distance(by_expected.values, by_drawn.values) <= 4 * norm(by_expected.standard_error)));
  EXPECT_FALSE(!(norm(by_drawn.standard_error) <= 0.2 * norm(by_expected.standard_error)));
}

TEST(Rise, HasTheSameBytesForAnyBatchAndOthersForAnotherSeed) {
  const PerturbationCase fixture("residual");
  const auto map = [&](std::uint64_t seed, std::int64_t batch) {
    return rise(fixture.network.model, fixture.x, fixture.other, fixture.objective,
                {.masks = 10, .grid = 3, .seed = seed}, {.batch = batch})
        .values;
  };
  EXPECT_TRUE(has_same_bytes(map(1, 1), map(1, 7)));
  EXPECT_FALSE(has_same_bytes(map(1, 7), map(2, 7)));
}

TEST(Rise, RefusesWhatHasNoMeaning) {
  const Quadratic model(2, 24, DType::f64);
  const Tensor x = uniform({1, 4, 3, 2}, DType::f64, 3);
  const auto message = [&](const RiseOptions& options) {
    return message_of([&] { rise(model, x, x, logit_of(0), options); });
  };
  EXPECT_EQ(message({.masks = 2, .grid = 3}), "");
  EXPECT_NE(message({.masks = 0, .grid = 3}), "");
  EXPECT_NE(message({.masks = 2, .grid = 4}), "");
  EXPECT_NE(message({.masks = 2, .grid = 0}), "");
  EXPECT_NE(message({.masks = 2, .grid = 3, .probability = 0}), "");
  EXPECT_NE(message({.masks = 2, .grid = 3, .probability = std::nan("")}), "");
}

}  // namespace
}  // namespace backlight::testing
