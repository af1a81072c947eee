#include "tensor/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "tensor/error.h"

namespace backlight {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
constexpr bool kAddressSanitizer = __has_feature(address_sanitizer);
#else
constexpr bool kAddressSanitizer = false;
#endif

// An empty folder, removed at the end.
class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("backlight_file_test_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string text_of(const fs::path& path) { return std::string(as_text(read_file(path))); }
  std::size_t count_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  // The message of the Error that an action throws; empty when it throws none.
  template <typename F>
  static std::string error_of(F&& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(FileTest, ReadsWhatWasWritten) {
  const std::string text("one\0two\n", 8);
  write_file_atomically(folder_ / "a", text);
  EXPECT_EQ(text_of(folder_ / "a"), text);
  write_file_atomically(folder_ / "a", "");
  EXPECT_EQ(read_file(folder_ / "a").size(), 0u);
  const Bytes bytes(3'000'000, std::byte{7});
  write_file_atomically(folder_ / "a", bytes);
  EXPECT_EQ(read_file(folder_ / "a"), bytes);
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(FileTest, NewFilesHaveTheUsualPermissions) {
  const mode_t mask = umask(022);
  write_file_atomically(folder_ / "a", "x");
  umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(folder_ / "a").permissions()), 0644);
}

TEST_F(FileTest, ReadsAPipeToItsEnd) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string text(200'000, 'p');
  std::thread writer([&] { std::ofstream(pipe) << text; });
  EXPECT_EQ(text_of(pipe), text);
  writer.join();
}

TEST_F(FileTest, ReadingSaysWhatIsWrong) {
  EXPECT_EQ(error_of([&] { read_file(folder_ / "none"); }),
            "there is no file " + (folder_ / "none").string());
  EXPECT_EQ(error_of([&] { read_file(folder_); }), folder_.string() + " is a folder, not a file");
  EXPECT_EQ(error_of([&] { read_file("/dev/null"); }), "/dev/null is not a regular file");
  write_file_atomically(folder_ / "secret", "x");
  fs::permissions(folder_ / "secret", fs::perms::none);
  if (geteuid() != 0) {  // root reads everything
    EXPECT_NE(error_of([&] { read_file(folder_ / "secret"); }).find("Permission denied"),
              std::string::npos);
  }
}

TEST_F(FileTest, FilesTooLargeForMemoryAreAnError) {
  if (kAddressSanitizer) GTEST_SKIP() << "the sanitizer ends the program where memory does";
  const fs::path path = folder_ / "sparse";
  std::ofstream(path) << "x";
  std::error_code error;
  fs::resize_file(path, std::uintmax_t{1} << 42, error);
  if (error) GTEST_SKIP() << "this file system holds no sparse file of 4 TiB";
  const rlimit limited{std::uintmax_t{1} << 40, RLIM_INFINITY};
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  setrlimit(RLIMIT_AS, &limited);
  const std::string message = error_of([&] { read_file(path); });
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(message, path.string() + " is too large to be read into memory");
}

TEST_F(FileTest, WritingSaysWhatIsWrong) {
  const auto write = [](const fs::path& path) {
    return error_of([&] { write_file_atomically(path, "x"); });
  };
  EXPECT_EQ(write(folder_ / "none" / "a"), "cannot write " + (folder_ / "none" / "a").string() +
                                               ": there is no folder " +
                                               (folder_ / "none").string());
  EXPECT_EQ(write(folder_), "cannot write " + folder_.string() + ": it is a folder");
  EXPECT_EQ(write("/dev/null"), "cannot write /dev/null: it is not a regular file");
  EXPECT_NE(write(folder_ / "").find("does not name a file"), std::string::npos);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  if (geteuid() != 0) {  // root writes everywhere
    fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_NE(write(folder_ / "a").find("Permission denied"), std::string::npos);
    fs::permissions(folder_, fs::perms::owner_all);
  }
  EXPECT_EQ(count_files(), 0u);
}

TEST_F(FileTest, AFullDiskLeavesTheOldFileAndNothingElse) {
  write_file_atomically(folder_ / "a", "old");
  // A limit on the size of files fails a write as a full disk does.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limited{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limited);
  const std::string message =
      error_of([&] { write_file_atomically(folder_ / "a", std::string(5000, 'n')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "could not write " + (folder_ / "a").string() + ": File too large");
  EXPECT_EQ(text_of(folder_ / "a"), "old");
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(FileTest, ALinkIsFollowed) {
  write_file_atomically(folder_ / "a", "old");
  fs::create_symlink(folder_ / "a", folder_ / "link");
  write_file_atomically(folder_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(text_of(folder_ / "a"), "new");
}

TEST_F(FileTest, ManyWritersLeaveOneWholeFile) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k)
        write_file_atomically(folder_ / "a", std::string(50'000, static_cast<char>('a' + i)));
    });
  for (std::thread& writer : writers) writer.join();
  const std::string text = text_of(folder_ / "a");
  EXPECT_EQ(text, std::string(50'000, text.at(0)));
  EXPECT_EQ(count_files(), 1u);
}

}  // namespace
}  // namespace backlight
