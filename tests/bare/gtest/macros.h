// The macros of the small GoogleTest in gtest.h, which includes this.
#pragma once

#define BARE_TEST_CLASS_(Suite, Name, Parent)                     \
  class Suite##_##Name##_Test : public Parent {                   \
   public:                                                        \
    static void SetUpSuite_() { Parent::SetUpTestSuite(); }       \
    static void TearDownSuite_() { Parent::TearDownTestSuite(); } \
                                                                  \
   private:                                                       \
    void TestBody() override;                                     \
  }
#define BARE_ENTRY_(Suite, Name) ::testing::bare::entry_of<Suite##_##Name##_Test>(#Suite, #Name)
#define BARE_TEST_(Suite, Name, Parent)                          \
  BARE_TEST_CLASS_(Suite, Name, Parent);                         \
  [[maybe_unused]] static const bool Suite##_##Name##_is_known = \
      ::testing::bare::add(BARE_ENTRY_(Suite, Name));            \
  void Suite##_##Name##_Test::TestBody()

#define TEST(Suite, Name) BARE_TEST_(Suite, Name, ::testing::Test)
#define TEST_F(Suite, Name) BARE_TEST_(Suite, Name, Suite)
#define TEST_P(Suite, Name)                                                                        \
  BARE_TEST_CLASS_(Suite, Name, Suite);                                                            \
  [[maybe_unused]] static const bool Suite##_##Name##_is_known =                                   \
      (::testing::bare::Parametrised<Suite>::of(#Suite).tests.push_back(BARE_ENTRY_(Suite, Name)), \
       true);                                                                                      \
  void Suite##_##Name##_Test::TestBody()

// INSTANTIATE_TEST_SUITE_P(Prefix, Suite, Values(...) or ValuesIn(...) [, name of a parameter])
#define INSTANTIATE_TEST_SUITE_P(Prefix, Suite, ...)                                              \
  [[maybe_unused]] static const bool Prefix##_##Suite##_is_known =                                \
      (::testing::bare::Parametrised<Suite>::of(#Suite).instances.push_back(                      \
           {#Prefix, [] { return ::testing::bare::parameters<Suite::ParamType>(__VA_ARGS__); }}), \
       true)
#define GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Suite) \
  [[maybe_unused]] static const bool Suite##_may_be_empty =  \
      (::testing::bare::Parametrised<Suite>::of(#Suite).may_be_empty = true)

#define BARE_REPORT_(event, what)                                                    \
  ::testing::bare::Report(::testing::bare::Event::event, __FILE__, __LINE__, what) = \
      ::testing::Message()
// The switch keeps an `else` that follows from becoming that of the `if` within.
#define BARE_CHECK_(result, on_failure)                                         \
  switch (0)                                                                    \
  case 0:                                                                       \
  default:                                                                      \
    if (const ::testing::AssertionResult bare_result_ = (result); bare_result_) \
      ;                                                                         \
    else                                                                        \
      on_failure
#define BARE_EXPECT_(result) BARE_CHECK_(result, BARE_REPORT_(failure, bare_result_.message()))
#define BARE_ASSERT_(result) BARE_CHECK_(result, return BARE_REPORT_(fatal, bare_result_.message()))

#define ADD_FAILURE() BARE_REPORT_(failure, "Failed")
#define FAIL() return BARE_REPORT_(fatal, "Failed")
#define SUCCEED() static_cast<void>(0), ::testing::Message()
#define GTEST_SKIP() return BARE_REPORT_(skip, "Skipped")
#define BARE_JOIN_AGAIN_(a, b) a##b
#define BARE_JOIN_(a, b) BARE_JOIN_AGAIN_(a, b)
#define SCOPED_TRACE(message)                                     \
  const ::testing::bare::Trace BARE_JOIN_(bare_trace_, __LINE__)( \
      __FILE__, __LINE__, (::testing::Message() << (message)).text())

#define BARE_TRUTH_(condition, expected) \
  ::testing::bare::truth(::testing::AssertionResult(condition), #condition, expected)
#define EXPECT_TRUE(condition) BARE_EXPECT_(BARE_TRUTH_(condition, true))
#define ASSERT_TRUE(condition) BARE_ASSERT_(BARE_TRUTH_(condition, true))
#define EXPECT_FALSE(condition) BARE_EXPECT_(BARE_TRUTH_(condition, false))
#define ASSERT_FALSE(condition) BARE_ASSERT_(BARE_TRUTH_(condition, false))

#define BARE_COMPARE_(a, operation, b, holds) \
  ::testing::bare::compare(#a, operation, #b, a, b, std::holds<>())
#define EXPECT_EQ(a, b) BARE_EXPECT_(BARE_COMPARE_(a, "==", b, equal_to))
#define ASSERT_EQ(a, b) BARE_ASSERT_(BARE_COMPARE_(a, "==", b, equal_to))
#define EXPECT_NE(a, b) BARE_EXPECT_(BARE_COMPARE_(a, "!=", b, not_equal_to))
#define ASSERT_NE(a, b) BARE_ASSERT_(BARE_COMPARE_(a, "!=", b, not_equal_to))
#define EXPECT_LT(a, b) BARE_EXPECT_(BARE_COMPARE_(a, "<", b, less))
#define ASSERT_LT(a, b) BARE_ASSERT_(BARE_COMPARE_(a, "<", b, less))
#define EXPECT_LE(a, b) BARE_EXPECT_(BARE_COMPARE_(a, "<=", b, less_equal))
#define ASSERT_LE(a, b) BARE_ASSERT_(BARE_COMPARE_(a, "<=", b, less_equal))
#define EXPECT_GT(a, b) BARE_EXPECT_(BARE_COMPARE_(a, ">", b, greater))
#define ASSERT_GT(a, b) BARE_ASSERT_(BARE_COMPARE_(a, ">", b, greater))
#define EXPECT_GE(a, b) BARE_EXPECT_(BARE_COMPARE_(a, ">=", b, greater_equal))
#define ASSERT_GE(a, b) BARE_ASSERT_(BARE_COMPARE_(a, ">=", b, greater_equal))

#define EXPECT_NEAR(a, b, tolerance) BARE_EXPECT_(::testing::bare::near(#a, #b, a, b, tolerance))
#define ASSERT_NEAR(a, b, tolerance) BARE_ASSERT_(::testing::bare::near(#a, #b, a, b, tolerance))
#define BARE_ALMOST_EQUAL_(Type, a, b) \
  ::testing::bare::almost_equal(#a, #b, static_cast<Type>(a), static_cast<Type>(b))
#define EXPECT_DOUBLE_EQ(a, b) BARE_EXPECT_(BARE_ALMOST_EQUAL_(double, a, b))
#define ASSERT_DOUBLE_EQ(a, b) BARE_ASSERT_(BARE_ALMOST_EQUAL_(double, a, b))
#define EXPECT_FLOAT_EQ(a, b) BARE_EXPECT_(BARE_ALMOST_EQUAL_(float, a, b))
#define ASSERT_FLOAT_EQ(a, b) BARE_ASSERT_(BARE_ALMOST_EQUAL_(float, a, b))

#define BARE_THROWS_(statement, Exception, name) \
  ::testing::bare::throws<Exception>(#statement, name, [&] { statement; })
#define EXPECT_THROW(statement, Exception) \
  BARE_EXPECT_(BARE_THROWS_(statement, Exception, #Exception))
#define ASSERT_THROW(statement, Exception) \
  BARE_ASSERT_(BARE_THROWS_(statement, Exception, #Exception))
#define EXPECT_NO_THROW(statement) BARE_EXPECT_(BARE_THROWS_(statement, void, "nothing"))
#define ASSERT_NO_THROW(statement) BARE_ASSERT_(BARE_THROWS_(statement, void, "nothing"))
