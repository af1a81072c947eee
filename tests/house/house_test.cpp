// The structure of the house, read off its sources: who may include whom, how long a file may be,
// and what no file may hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = BACKLIGHT_SOURCE_DIR;

// From the ground up: a room may include the ones before it.
const std::vector<std::string> kRooms{"tensor", "kernels", "autograd", "layers",
                                      "models", "xai",     "tools"};

// How high a room is; -1 for anything else.
int height_of(const std::string& room) {
  const auto found = std::find(kRooms.begin(), kRooms.end(), room);
  return found == kRooms.end() ? -1 : static_cast<int>(found - kRooms.begin());
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << file;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The path below the root, and the first folder of it.
std::string name_of(const fs::path& file) { return fs::relative(file, kRoot).generic_string(); }
std::string room_of(const fs::path& file) {
  const std::string name = name_of(file);
  return name.substr(0, name.find('/'));
}

bool ends_with_one_of(const fs::path& file, const std::vector<std::string>& endings) {
  return std::find(endings.begin(), endings.end(), file.extension().string()) != endings.end();
}

const std::vector<std::string> kCode{".h", ".cpp", ".cu", ".cuh"};
const std::vector<std::string> kText{".h",  ".cpp", ".cu", ".cuh", ".py",   ".md",
                                     ".js", ".css", ".sh", ".txt", ".cmake"};

// The files with these endings in the rooms, tests and benchmarks, and at the root.
std::vector<fs::path> files_with(const std::vector<std::string>& endings) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kRoot))
    if (entry.is_regular_file() && ends_with_one_of(entry.path(), endings))
      files.push_back(entry.path());
  std::vector<std::string> folders = kRooms;
  folders.insert(folders.end(), {"tests", "bench", "cmake"});
  for (const std::string& folder : folders) {
    if (!fs::is_directory(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const bool is_fixture = name_of(entry.path()).starts_with("tests/fixtures/");
      if (entry.is_regular_file() && !is_fixture && ends_with_one_of(entry.path(), endings))
        files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The names in #include "..." of a file.
std::vector<std::string> own_includes(const fs::path& file) {
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]*)")re");
  std::vector<std::string> names;
  for (const std::string& line : lines_of(text_of(file))) {
    std::smatch match;
    if (std::regex_search(line, match, include)) names.push_back(match[1]);
  }
  return names;
}

TEST(House, HasItsRooms) {
  std::size_t sources = 0;
  for (const fs::path& file : files_with(kCode)) sources += height_of(room_of(file)) >= 0;
  EXPECT_GT(sources, 100u);  // so that the tests below cannot pass by finding nothing
  for (const std::string& room : kRooms)
    EXPECT_TRUE(fs::exists(kRoot / room / "README.md")) << room << " has no README.md";
}

TEST(House, IncludesGoDownwards) {
  for (const fs::path& file : files_with(kCode)) {
    const int height = height_of(room_of(file));
    if (height < 0) continue;
    for (const std::string& name : own_includes(file)) {
      const int included = height_of(name.substr(0, name.find('/')));
      EXPECT_GE(included, 0) << name_of(file) << " includes " << name << ", which is in no room";
      EXPECT_LE(included, height) << name_of(file) << " includes " << name << ", which is above it";
    }
  }
}

// A test may include its own room and those beneath, and what tests share.
TEST(House, TestsIncludeWhatTheirRoomMay) {
  for (const fs::path& file : files_with(kCode)) {
    const std::string name = name_of(file);
    if (!name.starts_with("tests/")) continue;
    const std::string within = name.substr(6);
    const int height = height_of(within.substr(0, within.find('/')));
    if (height < 0) continue;
    for (std::string included : own_includes(file)) {
      const bool from_tests = included.starts_with("tests/");
      if (from_tests) included = included.substr(6);
      if (from_tests && included.find('/') == std::string::npos) continue;  // tests/testing.h
      EXPECT_LE(height_of(included.substr(0, included.find('/'))), height)
          << name << " includes " << included;
    }
  }
}

TEST(House, IncludesAreWrittenFromTheRoot) {
  for (const fs::path& file : files_with(kCode))
    for (const std::string& name : own_includes(file)) {
      EXPECT_EQ(name.find(".."), std::string::npos) << name_of(file) << " includes " << name;
      const bool is_generated = !name.ends_with(".h") && !name.ends_with(".cuh");
      EXPECT_TRUE(is_generated || fs::exists(kRoot / name))
          << name_of(file) << " includes " << name;
    }
}

// kernels/'s own back ends are its private matter.
TEST(House, NobodyElseIncludesABackEnd) {
  for (const fs::path& file : files_with(kCode))
    for (const std::string& name : own_includes(file)) {
      if (!name.starts_with("kernels/cpu/")) continue;
      const std::string from = name_of(file);
      EXPECT_TRUE(from.starts_with("kernels/") || from.starts_with("tests/kernels/") ||
                  from.starts_with("bench/"))
          << from << " includes " << name;
    }
}

TEST(House, LibrariesLinkAsRoomsInclude) {
  static const std::regex call(R"re(backlight_room\((\w+)([^)]*)\))re");
  const std::string cmake = text_of(kRoot / "CMakeLists.txt");
  std::vector<std::string> listed;
  for (auto found = std::sregex_iterator(cmake.begin(), cmake.end(), call);
       found != std::sregex_iterator(); ++found) {
    listed.push_back((*found)[1]);
    const int height = height_of(listed.back());
    std::istringstream beneath((*found)[2]);
    std::vector<std::string> rooms{std::istream_iterator<std::string>(beneath), {}};
    // A room links the one right beneath it, which links on.
    std::vector<std::string> expected;
    if (height > 0) expected.push_back(kRooms[static_cast<std::size_t>(height) - 1]);
    EXPECT_EQ(rooms, expected) << listed.back();
  }
  EXPECT_EQ(listed, kRooms);
}

TEST(House, HeadersGuardThemselves) {
  for (const fs::path& file : files_with({".h", ".cuh"})) {
    const std::string text = text_of(file);
    EXPECT_NE(text.find("#pragma once\n"), std::string::npos) << name_of(file);
    EXPECT_TRUE(text.starts_with("//")) << name_of(file) << " does not say what it is for";
  }
}

TEST(House, FilesFitAReader) {
  constexpr std::size_t kMostLines = 450;
  for (const fs::path& file : files_with(kCode))
    EXPECT_LE(lines_of(text_of(file)).size(), kMostLines) << name_of(file);
}

// The words are put together here so that this file does not hold them.
TEST(House, FilesHoldNoLeftovers) {
  const std::map<std::string, std::string> banned{
      {std::string("TO") + "DO", "something left to do"},
      {std::string("FIX") + "ME", "something left to mend"},
      {std::string("/ho") + "me/", "a path of one machine"},
      {std::string("/wo") + "rk/", "a path of one machine"},
      {std::string("/Us") + "ers/", "a path of one machine"},
      {std::string("sha") + "red/data", "data that does not come with the project"},
      {std::string("../sha") + "red", "data that does not come with the project"},
      {std::string(7, '<'), "a merge that was not finished"},
  };
  for (const fs::path& file : files_with(kText)) {
    const std::vector<std::string> lines = lines_of(text_of(file));
    for (std::size_t i = 0; i < lines.size(); ++i)
      for (const auto& [word, what] : banned)
        EXPECT_EQ(lines[i].find(word), std::string::npos)
            << name_of(file) << ":" << i + 1 << " holds " << what << ": " << lines[i];
  }
}

TEST(House, EveryRoomHasTests) {
  for (const std::string& room : kRooms) {
    std::size_t tests = 0;
    for (const fs::path& file : files_with({".cpp"}))
      tests += name_of(file).starts_with("tests/" + room + "/") &&
               text_of(file).find("\nTEST") != std::string::npos;
    EXPECT_GT(tests, 0u) << room;
  }
}

}  // namespace
