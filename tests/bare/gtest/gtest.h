// The part of GoogleTest's interface that these tests use, for machines without GoogleTest.
//
// A GPU machine may have nvcc, CMake and a host compiler and nothing else; this header and
// tests/bare/runner.cpp let the tests run there. CMake chooses them only where it finds no
// GoogleTest, and says so. Written against GoogleTest's documentation; names, output and exit
// status are GoogleTest's, so that tests and logs read the same with either. What is not here
// (death tests, matchers, typed tests, Combine) does not compile.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace testing {

// What a test says of a value: PrintTo(value, &out) where there is one, else out << value, else the
// elements of a container, else only the size.
template <typename T>
void print(const T& value, std::ostream& out) {
  if constexpr (requires { PrintTo(value, &out); }) {
    PrintTo(value, &out);
  } else if constexpr (std::same_as<T, bool>) {
    out << (value ? "true" : "false");
  } else if constexpr (std::same_as<T, std::string>) {
    out << '"' << value << '"';
  } else if constexpr (std::same_as<T, unsigned char> || std::same_as<T, signed char>) {
    out << static_cast<int>(value);
  } else if constexpr (requires { out << value; }) {
    out << value;
  } else if constexpr (requires { std::begin(value) != std::end(value); }) {
    out << "{";
    const char* separator = " ";
    for (const auto& element : value) {
      out << std::exchange(separator, ", ");
      print(element, out);
    }
    out << " }";
  } else {
    out << sizeof(T) << "-byte object";
  }
}

template <typename T>
std::string PrintToString(const T& value) {
  std::ostringstream out;
  print(value, out);
  return out.str();
}

// What a test streams into a failed check.
class Message {
 public:
  template <typename T>
  Message& operator<<(const T& value) {
    if constexpr (std::same_as<T, bool>)
      text_ << (value ? "true" : "false");
    else if constexpr (std::same_as<T, Message>)
      text_ << value.text();
    else
      text_ << value;
    return *this;
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

// Whether a check holds, and why not.
class AssertionResult {
 public:
  template <typename T>
  requires(!std::same_as<std::remove_cvref_t<T>, AssertionResult>) explicit AssertionResult(
      const T& holds)
      : holds_(static_cast<bool>(holds)) {}

  explicit operator bool() const { return holds_; }
  AssertionResult operator!() const {
    AssertionResult result(!holds_);
    result.text_ = text_;
    return result;
  }
  const char* message() const { return text_.c_str(); }

  template <typename T>
  AssertionResult& operator<<(const T& value) {
    text_ += (Message() << value).text();
    return *this;
  }

 private:
  bool holds_;
  std::string text_;
};

inline AssertionResult AssertionSuccess() { return AssertionResult(true); }
inline AssertionResult AssertionFailure() { return AssertionResult(false); }

// A test; one object for each run.
class Test {
 public:
  virtual ~Test() = default;
  static void SetUpTestSuite() {}
  static void TearDownTestSuite() {}
  // Whether the test that runs has failed an ASSERT_, or any check.
  static bool HasFatalFailure();
  static bool HasFailure();
  void Run();  // by the runner

 protected:
  virtual void SetUp() {}
  virtual void TearDown() {}

 private:
  virtual void TestBody() = 0;
};

template <typename T>
class WithParamInterface {
 public:
  using ParamType = T;
  virtual ~WithParamInterface() = default;
  static const T& GetParam() { return *parameter_; }
  static inline const T* parameter_ = nullptr;  // of the test that runs
};

template <typename T>
class TestWithParam : public Test, public WithParamInterface<T> {};

// A parameter and its place among those of one INSTANTIATE_TEST_SUITE_P.
template <typename T>
struct TestParamInfo {
  T param;
  std::size_t index;
};

template <typename... T>
std::tuple<T...> Values(T... values) {
  return {values...};
}
template <typename Container>
auto ValuesIn(const Container& values) {
  return std::vector(std::begin(values), std::end(values));
}

std::string TempDir();
// Takes --gtest_filter, --gtest_list_tests and what else begins with --gtest_ from the arguments.
void InitGoogleTest(int* argc, char** argv);

namespace bare {

// What the runner knows of a test. A suite's two functions run before and after its tests.
struct Entry {
  std::string suite, name, parameter;
  std::function<std::unique_ptr<Test>()> make;
  void (*set_up_suite)();
  void (*tear_down_suite)();
};

// A failed check, an ASSERT_ or FAIL, or GTEST_SKIP.
enum class Event { failure, fatal, skip };

bool add(Entry entry);
// Tests that can be listed only once main runs, when every file's constants are there.
bool add_later(std::function<std::vector<Entry>()> list);
int run_all();

// Reports when a message is assigned to it: so a macro can take a stream and still return.
class Report {
 public:
  Report(Event event, const char* file, int line, std::string what)
      : event_(event), file_(file), line_(line), what_(std::move(what)) {}
  void operator=(const Message& message) const;

 private:
  Event event_;
  const char* file_;
  int line_;
  std::string what_;
};

// A line that failures show while the object lives.
class Trace {
 public:
  Trace(const char* file, int line, const std::string& text);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
};

// The entry of a class that a macro wrote.
template <typename T>
Entry entry_of(const char* suite, const char* name) {
  return {
      suite, name, "", [] { return std::make_unique<T>(); }, &T::SetUpSuite_, &T::TearDownSuite_};
}

// The TEST_Ps of a suite, and the lists of parameters they run with.
template <typename Suite>
struct Parametrised {
  using T = typename Suite::ParamType;
  struct Instance {
    std::string prefix;
    std::function<std::vector<std::pair<std::string, T>>()> list;
  };

  std::string name;
  std::vector<Entry> tests;
  std::vector<Instance> instances;
  bool may_be_empty = false;

  static Parametrised& of(const char* suite) {
    static Parametrised& all = *new Parametrised;  // outlives every file's constants
    if (all.name.empty()) {
      all.name = suite;
      add_later([] { return all.entries(); });
    }
    return all;
  }

  std::vector<Entry> entries() const {
    std::vector<Entry> entries;
    for (const Instance& instance : instances) {
      const auto all =
          std::make_shared<const std::vector<std::pair<std::string, T>>>(instance.list());
      for (const Entry& test : tests)
        for (const auto& one : *all) {
          Entry entry = test;
          entry.suite = instance.prefix + "/" + name;
          entry.name += "/" + one.first;
          entry.parameter = PrintToString(one.second);
          entry.make = [all, &one, make = test.make] {
            Suite::parameter_ = &one.second;
            return make();
          };
          entries.push_back(std::move(entry));
        }
    }
    if (entries.empty() && !may_be_empty)
      entries.push_back({"NeverInstantiated", name, "", [] { return nullptr; }, [] {}, [] {}});
    return entries;
  }
};

template <typename T>
std::string number_of(const TestParamInfo<T>& info) {
  return std::to_string(info.index);
}

// Parameters of type T with their names, from what Values() and ValuesIn() gave.
template <typename T, typename Namer>
void append(std::vector<std::pair<std::string, T>>& list, const T& parameter, Namer&& name) {
  list.emplace_back(name(TestParamInfo<T>{parameter, list.size()}), parameter);
}
template <typename T, typename Source, typename Namer>
auto parameters(const std::vector<Source>& source, Namer&& name) {
  std::vector<std::pair<std::string, T>> list;
  for (const Source& value : source) append(list, T(value), name);
  return list;
}
template <typename T, typename... Source, typename Namer>
auto parameters(const std::tuple<Source...>& source, Namer&& name) {
  std::vector<std::pair<std::string, T>> list;
  std::apply([&](const auto&... value) { (append(list, T(value), name), ...); }, source);
  return list;
}
template <typename T, typename Source>
auto parameters(const Source& source) {
  return parameters<T>(source, number_of<T>);
}

// a OP b, with both in the message if it does not hold.
template <typename A, typename B, typename Compare>
AssertionResult compare(const char* a_text, const char* operation, const char* b_text, const A& a,
                        const B& b, Compare&& holds) {
  if (holds(a, b)) return AssertionSuccess();
  return AssertionFailure() << "Expected: (" << a_text << ") " << operation << " (" << b_text
                            << "), actual: " << PrintToString(a) << " vs " << PrintToString(b);
}

AssertionResult near(const char* a_text, const char* b_text, double a, double b, double tolerance);
// Whether two numbers are at most four representable numbers apart.
AssertionResult almost_equal(const char* a_text, const char* b_text, double a, double b);
AssertionResult almost_equal(const char* a_text, const char* b_text, float a, float b);
AssertionResult truth(const AssertionResult& result, const char* text, bool expected);

// Whether an action throws an Exception; with void, whether it throws nothing.
template <typename Exception, typename Action>
AssertionResult throws(const char* text, const char* name, Action&& action) {
  std::string thrown = "nothing";
  try {
    action();
    if constexpr (std::is_void_v<Exception>) return AssertionSuccess();
  } catch (const std::conditional_t<std::is_void_v<Exception>, Message, Exception>&) {
    return AssertionSuccess();
  } catch (const std::exception& error) {
    thrown = std::string("an exception that says \"") + error.what() + '"';
  } catch (...) {
    thrown = "something else";
  }
  return AssertionFailure() << "Expected: " << text << " throws " << name << ", actual: it throws "
                            << thrown;
}

}  // namespace bare
}  // namespace testing

inline int RUN_ALL_TESTS() { return ::testing::bare::run_all(); }

#include "gtest/macros.h"
