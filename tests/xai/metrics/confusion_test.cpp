#include "xai/metrics/confusion.h"

#include "tests/testing.h"

namespace backlight::testing {
namespace {

// Three classes: 4 photos of 0 (3 right, one taken for 2), 2 of 1 (both taken for 0), none of 2.
Confusion small() {
  Confusion confusion(3);
  for (int i = 0; i < 3; ++i) confusion.add(0, 0);
  confusion.add(0, 2);
  for (int i = 0; i < 2; ++i) confusion.add(1, 0);
  return confusion;
}

TEST(Confusion, CountsAndShares) {
  const Confusion confusion = small();
  EXPECT_EQ(confusion.total(), 6);
  EXPECT_EQ(confusion.of_label(0), 4);
  EXPECT_EQ(confusion.of_prediction(0), 5);
  EXPECT_EQ(confusion.count(1, 0), 2);
  EXPECT_EQ(confusion.share(0, 2), 0.25);
  EXPECT_EQ(confusion.share(2, 2), std::nullopt);
}

TEST(Confusion, ScoresByTheirDefinitions) {
  const Confusion confusion = small();
  EXPECT_EQ(confusion.accuracy(), 0.5);
  EXPECT_EQ(confusion.precision(0), 0.6);
  EXPECT_EQ(confusion.precision(1), std::nullopt);  // it never says 1
  EXPECT_EQ(confusion.precision(2), 0.0);
  EXPECT_EQ(confusion.recall(0), 0.75);
  EXPECT_EQ(confusion.recall(1), 0.0);
  EXPECT_EQ(Confusion(2).accuracy(), std::nullopt);
}

TEST(Confusion, RanksPairsByTheShareOfTheTrueClass) {
  const std::vector<Confused> pairs = small().most_confused(5);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].label, 1);
  EXPECT_EQ(pairs[0].predicted, 0);
  EXPECT_EQ(pairs[0].share, 1);
  EXPECT_EQ(pairs[1].label, 0);
  EXPECT_EQ(pairs[1].predicted, 2);
  EXPECT_EQ(small().most_confused(1).size(), 1u);
}

TEST(Confusion, RefusesClassesThatDoNotExist) {
  Confusion confusion(3);
  EXPECT_EQ(message_of([&] { confusion.add(3, 0); }), "class 3 of 3 does not exist");
  EXPECT_NE(message_of([&] { confusion.add(0, -1); }), "");
}

}  // namespace
}  // namespace backlight::testing
