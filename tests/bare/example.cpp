// One test of everything that the small GoogleTest of this folder can do, much of it failing on
// purpose: compiled with GoogleTest as well, both must say the same. See compare.sh.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Celsius {
  double degrees;
  bool operator==(const Celsius&) const = default;
};
void PrintTo(const Celsius& value, std::ostream* out) { *out << value.degrees << " degrees"; }

::testing::AssertionResult is_even(int n) {
  if (n % 2 == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << n << " is odd";
}

void expect_positive(int n) {
  SCOPED_TRACE("around");
  ASSERT_GT(n, 0) << "streamed " << true;
  EXPECT_LT(n, 1000);
}

TEST(Passing, Comparisons) {
  EXPECT_TRUE(1 < 2) << "not seen";
  EXPECT_FALSE(std::string("a") == "b");
  EXPECT_EQ(std::vector<int>({1, 2}).size(), 2u);
  EXPECT_NE(std::string("a"), "b");
  EXPECT_LE(1, 1);
  EXPECT_GE(2.5, 1);
  EXPECT_EQ(std::unique_ptr<int>(), nullptr);
  EXPECT_EQ(Celsius{3}, Celsius{3});
  EXPECT_NEAR(1.0, 1.05, 0.1);
  EXPECT_DOUBLE_EQ(0.1 + 0.2, 0.3);
  EXPECT_FLOAT_EQ(0.1f * 3, 0.3f);
  EXPECT_TRUE(is_even(4));
  EXPECT_FALSE(is_even(5));
  if (true)
    EXPECT_EQ(1, 1);
  else
    FAIL() << "an else that went to the wrong if";
  SUCCEED() << "as ever";
}

TEST(Passing, Throwing) {
  EXPECT_THROW(throw std::runtime_error("no"), std::runtime_error);
  EXPECT_THROW(throw std::runtime_error("no"), std::exception);
  EXPECT_NO_THROW(expect_positive(1));
}

TEST(Passing, Folders) {
  const std::string path = ::testing::TempDir() + "backlight_bare_example";
  EXPECT_TRUE(std::ofstream(path) << "text");
  std::remove(path.c_str());
}

TEST(Failing, True) { EXPECT_TRUE(is_even(3)) << (::testing::Message() << "streamed " << 1); }
TEST(Failing, False) { ASSERT_FALSE(is_even(2)); }
TEST(Failing, Equal) { EXPECT_EQ(Celsius{3}, Celsius{4}); }
TEST(Failing, Containers) { EXPECT_EQ(std::vector<int>({1, 2}), std::vector<int>({1, 3})); }
TEST(Failing, NotANumber) {
  EXPECT_NEAR(std::nan(""), 1, 0.5);
  EXPECT_DOUBLE_EQ(std::nan(""), std::nan(""));
}
TEST(Failing, OtherSideOfZero) { EXPECT_DOUBLE_EQ(-1e-300, 1e-300); }
TEST(Failing, LessThanNotANumber) { EXPECT_LT(std::nan(""), 1); }
TEST(Failing, ThrowsNothing) { EXPECT_THROW(is_even(1), std::exception); }
TEST(Failing, ThrowsAnother) { EXPECT_THROW(throw std::logic_error("no"), std::runtime_error); }
TEST(Failing, ThrowsANumber) { EXPECT_NO_THROW(throw 3); }
TEST(Failing, EndsInAnException) { throw std::runtime_error("thrown out of a test"); }
TEST(Failing, AssertReturns) {
  expect_positive(-1);
  EXPECT_TRUE(HasFatalFailure());
  ASSERT_EQ(1, 2);
  std::abort();
}
TEST(Failing, InAnotherThread) {
  std::thread([] { EXPECT_EQ(1, 2); }).join();
}
TEST(Failing, AddFailure) {
  ADD_FAILURE() << "and goes on";
  EXPECT_TRUE(HasFailure());
  EXPECT_FALSE(HasFatalFailure());
}

TEST(Skipping, SaysWhy) {
  GTEST_SKIP() << "for a reason";
  std::abort();
}

class Fixture : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ++suites_; }
  static void TearDownTestSuite() { suites_ = -100; }
  void SetUp() override { ready_ = true; }
  void TearDown() override { EXPECT_TRUE(ready_); }
  bool ready_ = false;
  static inline int suites_ = 0;
};
TEST_F(Fixture, IsSetUp) { EXPECT_TRUE(ready_ && suites_ == 1); }
TEST_F(Fixture, IsSetUpOnce) { EXPECT_EQ(suites_, 1); }

class SkippingFixture : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_SKIP() << "all of it"; }
};
TEST_F(SkippingFixture, NeverRuns) { std::abort(); }

class FailingFixture : public ::testing::Test {
 protected:
  void SetUp() override { FAIL() << "before the test"; }
};
TEST_F(FailingFixture, NeverRuns) { std::abort(); }

class Numbers : public ::testing::TestWithParam<int> {};
TEST_P(Numbers, AreEven) { EXPECT_TRUE(is_even(GetParam())); }
TEST_P(Numbers, ArePositive) { EXPECT_GT(GetParam(), 0); }
INSTANTIATE_TEST_SUITE_P(Small, Numbers, ::testing::Values(1, 2, 3));
INSTANTIATE_TEST_SUITE_P(Large, Numbers, ::testing::ValuesIn(std::vector<int>{100, 101}),
                         [](const ::testing::TestParamInfo<int>& info) {
                           return "n" + std::to_string(info.param);
                         });

class Temperatures : public ::testing::TestWithParam<Celsius> {};
TEST_P(Temperatures, AreMild) { EXPECT_LT(GetParam().degrees, 30); }
INSTANTIATE_TEST_SUITE_P(Today, Temperatures, ::testing::Values(Celsius{20}, Celsius{40}));

class Words : public Fixture, public ::testing::WithParamInterface<std::string> {};
TEST_P(Words, AreShort) { EXPECT_LT(GetParam().size(), 5u); }
INSTANTIATE_TEST_SUITE_P(English, Words, ::testing::Values("one", "fourteen"));

class NoNumbers : public ::testing::TestWithParam<int> {};
TEST_P(NoNumbers, NeverRun) { std::abort(); }
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NoNumbers);
INSTANTIATE_TEST_SUITE_P(None, NoNumbers, ::testing::ValuesIn(std::vector<int>()));

}  // namespace
