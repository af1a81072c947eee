#include "tools/console/suggest.h"

#include <gtest/gtest.h>

namespace backlight::tools {
namespace {

const std::vector<std::string> kMethods{"saliency", "input-x-gradient", "smoothgrad",
                                        "integrated-gradients"};

TEST(Suggest, FindsWhatWasMistyped) {
  EXPECT_EQ(did_you_mean("smoothgrad", kMethods), ", did you mean 'smoothgrad'?");
  EXPECT_EQ(did_you_mean("smothgrad", kMethods), ", did you mean 'smoothgrad'?");    // dropped
  EXPECT_EQ(did_you_mean("smoothgradd", kMethods), ", did you mean 'smoothgrad'?");  // added
  EXPECT_EQ(did_you_mean("smoothgrat", kMethods), ", did you mean 'smoothgrad'?");   // changed
  EXPECT_EQ(did_you_mean("smootgharda", kMethods), ", did you mean 'smoothgrad'?");  // exchanged
  EXPECT_EQ(did_you_mean("SALIENCY", kMethods), ", did you mean 'saliency'?");       // case
  EXPECT_EQ(did_you_mean("integrated_gradient", kMethods),
            ", did you mean 'integrated-gradients'?");
}

TEST(Suggest, AnExchangeIsOneMistake) {
  // "abdc" is one exchange from "abcd", two changes from "abxx".
  EXPECT_EQ(did_you_mean("abdc", {"abxx", "abcd"}), ", did you mean 'abcd'?");
}

TEST(Suggest, TheFirstOfEquallyNearNamesIsSuggested) {
  EXPECT_EQ(did_you_mean("cat", {"bat", "hat"}), ", did you mean 'bat'?");
}

TEST(Suggest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(did_you_mean("lime", kMethods), "");
  EXPECT_EQ(did_you_mean("", kMethods), "");
  EXPECT_EQ(did_you_mean("saliency", {}), "");
  EXPECT_EQ(did_you_mean(std::string(2000, 'x'), {"ab", "cd"}), "");
}

TEST(Suggest, Lists) {
  EXPECT_EQ(listed({"a", "b c"}), "'a', 'b c'");
  EXPECT_EQ(listed({}), "");
}

}  // namespace
}  // namespace backlight::tools
