// Which lanes meet in which bank, and where they would go under another layout.
#include "tools/profile/banks.h"

#include <gtest/gtest.h>

namespace backlight::tools {
namespace {

// Lane i asks for `size` bytes at first + i * pitch.
SharedRequest column(std::uint32_t pitch, std::uint32_t size, std::uint32_t lanes = 0xffffffff,
                     std::uint32_t first = 0) {
  SharedRequest request{.lanes = lanes, .size = size};
  for (std::uint32_t lane = 0; lane < 32; ++lane) request.offsets[lane] = first + lane * pitch;
  count_passes(request);
  return request;
}

TEST(Banks, CountPasses) {
  const auto expect = [](const SharedRequest& request, std::uint64_t passes, std::uint64_t least) {
    EXPECT_EQ(request.wavefronts, passes);
    EXPECT_EQ(request.ideal_wavefronts, least);
  };
  expect(column(4, 4), 1, 1);
  expect(column(0, 4), 1, 1);      // one word for all
  expect(column(1, 1), 1, 1);      // four lanes a word
  expect(column(8, 4), 2, 1);      // every second bank
  expect(column(128, 4), 32, 1);   // a column of float[32][32]
  expect(column(132, 4), 1, 1);    // of float[32][33]
  expect(column(8, 8), 2, 2);      // two halves of the warp
  expect(column(16, 16), 4, 4);    // four quarters
  expect(column(128, 16), 32, 4);  // eight rows a quarter, all in the same banks
  expect(column(144, 16), 4, 4);   // padded by one piece
  expect(column(128, 4, 0x1), 1, 1);
}

TEST(Banks, PicturesShowTheBusiestLanes) {
  const BankPicture all = busiest_group(column(128, 4, 0xffffffff, 12));
  EXPECT_EQ(all.first_lane, 0);
  EXPECT_EQ(all.last_lane, 31);
  ASSERT_EQ(all.words.size(), 32u);
  EXPECT_EQ(all.words[5].bank(), 3u);
  EXPECT_EQ(all.words[5].row(), 5u);
  EXPECT_EQ(all.words[5].lanes, std::vector<int>{5});
  EXPECT_EQ(all.in_bank[3], 32);
  EXPECT_EQ(all.in_bank[4], 0);
  // Lanes 0 to 7 agree, lanes 8 to 15 do not.
  SharedRequest mixed{.lanes = 0xffff, .size = 16};
  for (std::uint32_t lane = 0; lane < 8; ++lane) mixed.offsets[lane] = 16 * lane;
  for (std::uint32_t lane = 8; lane < 16; ++lane) mixed.offsets[lane] = 128 * lane;
  const BankPicture worse = busiest_group(mixed);
  EXPECT_EQ(worse.first_lane, 8);
  EXPECT_EQ(worse.last_lane, 15);
  EXPECT_EQ(worse.passes(), 8);
  EXPECT_EQ(worse.words.size(), 32u) << "four words a lane";
}

TEST(Banks, SwizzlesAreUndoneByThemselves) {
  const SharedRequest rows = column(128, 16, 0xff);
  EXPECT_EQ(rows.wavefronts, 8u);
  const SharedRequest once = swizzled(rows);
  EXPECT_EQ(once.wavefronts, 1u);
  EXPECT_EQ(once.offsets[3], 3 * 128 + 48u);
  EXPECT_EQ(swizzled(once).offsets, rows.offsets);
}

TEST(Banks, PaddingFollowsThePitchOfTheRows) {
  const auto wider = padded(column(128, 4, 0xffffffff, 256));
  ASSERT_TRUE(wider);
  EXPECT_EQ(wider->wavefronts, 1u);
  EXPECT_EQ(wider->offsets[0], 256u);
  EXPECT_EQ(wider->offsets[2], 256 + 2 * 132u);
  EXPECT_FALSE(padded(column(4, 4))) << "there are no rows to be seen";
  EXPECT_FALSE(padded(column(128, 4, 0x1))) << "one lane has no pitch";
}

TEST(Banks, OtherLayoutsAreShownWhereTheyTeachSomething) {
  const auto for_column = other_layout(column(128, 4));
  ASSERT_TRUE(for_column);
  EXPECT_EQ(for_column->name, "with padded rows");
  EXPECT_EQ(for_column->request.wavefronts, 1u);
  const auto for_rows = other_layout(column(128, 16, 0xff));
  ASSERT_TRUE(for_rows);
  EXPECT_EQ(for_rows->name, "with a swizzle");
  const auto without = other_layout(swizzled(column(128, 16, 0xff)));
  ASSERT_TRUE(without);
  EXPECT_EQ(without->name, "without its swizzle");
  EXPECT_EQ(without->request.wavefronts, 8u);
  EXPECT_FALSE(other_layout(column(4, 4))) << "nothing to gain and nothing to lose";
}

}  // namespace
}  // namespace backlight::tools
