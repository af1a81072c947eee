// LRP of the food CNNs, with ReLU and with PReLU, against zennit.
#include "tests/xai/food_cnn_fixture.h"
#include "xai/lrp/lrp.h"

namespace backlight::testing {
namespace {

class LrpFoodCnn : public ::testing::TestWithParam<std::string> {};

TEST_P(LrpFoodCnn, GivesZennitsRelevance) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Model model = food_cnn(GetParam(), dtype);
    for (const std::string& name : composite_names())
      for (const int n : {0, 1}) {
        const LrpResult result =
            lrp(model, picture(n, dtype), logit_of(label(GetParam(), n)), composite_named(name));
        std::string file = "lrp_" + name;
        std::replace(file.begin(), file.end(), '-', '_');
        expect_map(result.values, GetParam(), file, n);
        const RelevanceLedger& ledger = result.ledger;
        double size = std::abs(ledger.started);
        for (const LedgerRow& row : ledger.rows) size = std::max(size, std::abs(row.arrived));
        EXPECT_NEAR(ledger.unaccounted(), 0, (dtype == DType::f64 ? 1e-9 : 1e-4) * size);
      }
  }
}

TEST_P(LrpFoodCnn, HasARowForEveryLayerWithWeights) {
  const LrpResult result =
      lrp(food_cnn(GetParam()), picture(0), logit_of(2), composite_named("epsilon-gamma-box"));
  const bool course = GetParam() == "food";
  ASSERT_EQ(result.ledger.rows.size(), course ? 13u : 8u);
  EXPECT_EQ(result.ledger.rows.front().layer, course ? "fc.3" : "fc.4");
  EXPECT_EQ(result.ledger.rows.back().layer, "cnn.0 + cnn.1");
  EXPECT_EQ(result.ledger.rows.back().rule, "zB 0 to 1");
}

INSTANTIATE_TEST_SUITE_P(Editions, LrpFoodCnn, ::testing::Values("food", "prelu"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace backlight::testing
