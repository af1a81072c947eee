// Runs the tests that were written against tests/bare/gtest/gtest.h: its functions, and main.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>

namespace testing {
namespace {

struct Traced {
  const char* file;
  int line;
  std::string text;
};

// What has become of the test that runs; other threads may report too.
struct State {
  std::mutex mutex;
  bool failed = false, failed_fatally = false, skipped = false;
};

State& state() {
  static State& only = *new State;
  return only;
}
std::vector<bare::Entry>& known() {
  static auto& all = *new std::vector<bare::Entry>;
  return all;
}
std::vector<std::function<std::vector<bare::Entry>()>>& listed_later() {
  static auto& all = *new std::vector<std::function<std::vector<bare::Entry>()>>;
  return all;
}
std::vector<Traced>& traces() {
  thread_local std::vector<Traced> mine;
  return mine;
}

std::string filter = "*";
bool only_list = false;

// * is any text, ? any one letter.
bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return matches(pattern.substr(1), text) || (!text.empty() && matches(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         matches(pattern.substr(1), text.substr(1));
}

bool matches_one_of(std::string_view patterns, std::string_view text) {
  while (true) {
    const std::size_t colon = std::min(patterns.find(':'), patterns.size());
    if (matches(patterns.substr(0, colon), text)) return true;
    if (colon == patterns.size()) return false;
    patterns.remove_prefix(colon + 1);
  }
}

// The filter is WANTED or WANTED-UNWANTED, each a list of patterns with colons between.
bool is_wanted(std::string_view name) {
  const std::string_view all = filter;
  const std::size_t minus = std::min(all.find('-'), all.size());
  const std::string_view wanted = minus == 0 ? "*" : all.substr(0, minus);
  return matches_one_of(wanted, name) &&
         (minus == all.size() || !matches_one_of(all.substr(minus + 1), name));
}

std::string name_of(const bare::Entry& entry) { return entry.suite + "." + entry.name; }

// Suites in the order in which they were first seen, each with its tests together.
std::vector<std::vector<bare::Entry>> wanted_suites() {
  for (const auto& list : listed_later())
    for (bare::Entry& entry : list()) known().push_back(std::move(entry));
  std::vector<std::vector<bare::Entry>> suites;
  std::map<std::string, std::size_t> places;
  for (const bare::Entry& entry : known()) {
    if (!is_wanted(name_of(entry))) continue;
    const auto [place, is_new] = places.emplace(entry.suite, suites.size());
    if (is_new) suites.emplace_back();
    suites[place->second].push_back(entry);
  }
  return suites;
}

// Runs an action; what it throws is a failure of the test.
template <typename Action>
void guarded(const std::string& where, Action&& action) {
  const auto report = [&](const std::string& what) {
    bare::Report(bare::Event::fatal, "unknown file", 0,
                 "C++ exception " + what + " thrown in " + where) = Message();
  };
  try {
    action();
  } catch (const std::exception& error) {
    report(std::string("that says \"") + error.what() + '"');
  } catch (...) {
    report("of another type");
  }
}

void run_test(const bare::Entry& entry) {
  std::unique_ptr<Test> test;
  guarded("the test's constructor", [&] {
    test = entry.make();
    if (!test) FAIL() << "the suite " << entry.name << " has TEST_Ps that no parameter ever runs";
  });
  if (test) test->Run();
}

enum class Outcome { passed, skipped, failed };
constexpr const char* kMarks[] = {"      OK", " SKIPPED", " FAILED "};

// A test's name; with the parameter that it failed with.
std::string described(const bare::Entry& entry, Outcome outcome) {
  const bool tells = outcome == Outcome::failed && !entry.parameter.empty();
  return name_of(entry) + (tells ? ", where GetParam() = " + entry.parameter : "");
}

// Runs a test, prints and returns what became of it, and forgets it. A suite that could not be set
// up fails its first test.
Outcome outcome_of(const bare::Entry& entry) {
  std::printf("[ RUN      ] %s\n", name_of(entry).c_str());
  std::fflush(stdout);
  run_test(entry);
  const Outcome outcome = state().failed    ? Outcome::failed
                          : state().skipped ? Outcome::skipped
                                            : Outcome::passed;
  std::printf("[ %s ] %s\n", kMarks[static_cast<int>(outcome)], described(entry, outcome).c_str());
  state().failed = state().failed_fatally = state().skipped = false;
  return outcome;
}

std::string tests(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " test" : " tests");
}

void print_all(const char* mark, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::printf("[ %s ] %s, listed below:\n", mark, tests(names.size()).c_str());
  for (const std::string& name : names) std::printf("[ %s ] %s\n", mark, name.c_str());
}

}  // namespace

bool Test::HasFatalFailure() { return state().failed_fatally; }
bool Test::HasFailure() { return state().failed; }

void Test::Run() {
  guarded("SetUp()", [&] { SetUp(); });
  if (!state().failed_fatally && !state().skipped) guarded("the test body", [&] { TestBody(); });
  guarded("TearDown()", [&] { TearDown(); });
}

std::string TempDir() {
  const char* folder = std::getenv("TEST_TMPDIR");
  return folder ? std::string(folder) + "/" : "/tmp/";
}

void InitGoogleTest(int* argc, char** argv) {
  const auto take = [](std::string_view argument) {
    constexpr std::string_view kFilter = "--gtest_filter=";
    if (argument.starts_with(kFilter)) {
      filter = argument.substr(kFilter.size());
    } else if (argument == "--gtest_list_tests") {
      only_list = true;
    } else if (argument.starts_with("--gtest_")) {
      std::fprintf(stderr, "%s is GoogleTest's alone: this program was built without it\n",
                   std::string(argument).c_str());
      std::exit(2);
    } else {
      return false;
    }
    return true;
  };
  if (const char* wanted = std::getenv("GTEST_FILTER")) filter = wanted;
  char** const end = std::remove_if(argv + 1, argv + *argc, take);
  *argc = static_cast<int>(end - argv);
}

namespace bare {

bool add(Entry entry) {
  known().push_back(std::move(entry));
  return true;
}

bool add_later(std::function<std::vector<Entry>()> list) {
  listed_later().push_back(std::move(list));
  return true;
}

void Report::operator=(const Message& message) const {
  const std::lock_guard lock(state().mutex);
  state().skipped |= event_ == Event::skip;
  state().failed |= event_ != Event::skip;
  state().failed_fatally |= event_ == Event::fatal;
  const std::string more = message.text();
  const std::string place = line_ ? std::string(file_) + ":" + std::to_string(line_) : file_;
  std::printf("%s: %s\n%s%s%s\n", place.c_str(), event_ == Event::skip ? "Skipped" : "Failure",
              what_.c_str(), more.empty() ? "" : "\n", more.c_str());
  const std::vector<Traced>& around = traces();
  if (!around.empty()) std::printf("Google Test trace:\n");
  for (auto trace = around.rbegin(); trace != around.rend(); ++trace)
    std::printf("%s:%d: %s\n", trace->file, trace->line, trace->text.c_str());
}

Trace::Trace(const char* file, int line, const std::string& text) {
  traces().push_back({file, line, text});
}
Trace::~Trace() { traces().pop_back(); }

AssertionResult near(const char* a_text, const char* b_text, double a, double b, double tolerance) {
  const double difference = std::abs(a - b);
  if (difference <= tolerance) return AssertionSuccess();
  return AssertionFailure() << "The difference between " << a_text << " and " << b_text << " is "
                            << difference << ", which exceeds " << tolerance << ": " << a << " and "
                            << b;
}

namespace {

// Numbers in order, so that neighbours differ by one.
template <typename Unsigned, typename Float>
Unsigned rank_of(Float value) {
  constexpr Unsigned kSign = Unsigned{1} << (8 * sizeof(Unsigned) - 1);
  const auto bits = std::bit_cast<Unsigned>(value);
  return bits & kSign ? Unsigned{0} - bits : bits | kSign;
}

template <typename Unsigned, typename Float>
AssertionResult within_four(const char* a_text, const char* b_text, Float a, Float b) {
  const Unsigned p = rank_of<Unsigned>(a), q = rank_of<Unsigned>(b);
  if (!std::isnan(a) && !std::isnan(b) && std::max(p, q) - std::min(p, q) <= 4)
    return AssertionSuccess();
  std::ostringstream both;
  both.precision(std::numeric_limits<Float>::max_digits10);
  both << a << " and " << b;
  return AssertionFailure() << a_text << " and " << b_text << " are not equal: " << both.str();
}

}  // namespace

AssertionResult almost_equal(const char* a_text, const char* b_text, double a, double b) {
  return within_four<std::uint64_t>(a_text, b_text, a, b);
}
AssertionResult almost_equal(const char* a_text, const char* b_text, float a, float b) {
  return within_four<std::uint32_t>(a_text, b_text, a, b);
}

AssertionResult truth(const AssertionResult& result, const char* text, bool expected) {
  if (static_cast<bool>(result) == expected) return AssertionSuccess();
  AssertionResult failure = AssertionFailure();
  failure << "Value of: " << text << ", actual: " << !expected;
  if (*result.message()) failure << " (" << result.message() << ")";
  return failure << ", expected: " << expected;
}

int run_all() {
  const std::vector<std::vector<Entry>> suites = wanted_suites();
  if (only_list) {
    for (const std::vector<Entry>& suite : suites) {
      std::printf("%s.\n", suite[0].suite.c_str());
      for (const Entry& entry : suite) std::printf("  %s\n", entry.name.c_str());
    }
    return 0;
  }
  std::size_t count = 0;
  std::map<Outcome, std::vector<std::string>> names;
  for (const std::vector<Entry>& suite : suites) {
    guarded("SetUpTestSuite()", suite[0].set_up_suite);
    for (const Entry& entry : suite) {
      const Outcome outcome = outcome_of(entry);
      names[outcome].push_back(described(entry, outcome));
    }
    guarded("TearDownTestSuite()", suite[0].tear_down_suite);
    count += suite.size();
  }
  std::printf("[==========] %s from %zu test suite%s ran.\n", tests(count).c_str(), suites.size(),
              suites.size() == 1 ? "" : "s");
  std::printf("[  PASSED  ] %s.\n", tests(names[Outcome::passed].size()).c_str());
  print_all(kMarks[1], names[Outcome::skipped]);
  print_all(kMarks[2], names[Outcome::failed]);
  // What a suite's end reported belongs to no test.
  return names[Outcome::failed].empty() && !state().failed ? 0 : 1;
}

}  // namespace bare
}  // namespace testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
