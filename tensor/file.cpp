#include "tensor/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "tensor/error.h"

namespace backlight {
namespace {

namespace fs = std::filesystem;

// An open file descriptor, closed at the end.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : number_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  // Whether closing went well: some file systems report a failed write only here.
  bool close() {
    if (number_ < 0) return true;
    const int closed = ::close(number_);
    number_ = -1;
    return closed == 0;
  }

 private:
  int number_;
};

std::string reason() { return std::strerror(errno); }

// Fills `bytes` from its element `filled` on, to its end or the file's; how many are filled then.
std::size_t read_up_to_end(int file, Bytes& bytes, std::size_t filled, const fs::path& path) {
  while (filled < bytes.size()) {
    const ssize_t count = read(file, bytes.data() + filled, bytes.size() - filled);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    require(count > 0, "could not read ", path.string(), ": ", reason());
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// Makes the rename itself durable. Some file systems cannot sync a folder; the file is safe then
// all the same, only perhaps still under its old name after a power cut.
void sync_folder(const fs::path& folder) {
  const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
  if (opened.is_open()) (void)fsync(opened.number());
}

// A name in the same folder that no other process and no other call of this one uses.
fs::path temporary_beside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string name = path.filename().string();
  return path.parent_path() / str(".", name, ".", getpid(), "-", counter.fetch_add(1), ".part");
}

// The file that `path` leads to. Renaming over a device or a pipe would replace it, so those are
// refused.
fs::path target_of(const fs::path& path) {
  require(path.has_filename(), "cannot write ", path.string(), ": it does not name a file");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  require(!fs::is_directory(status), "cannot write ", path.string(), ": it is a folder");
  require(!fs::exists(status) || fs::is_regular_file(status), "cannot write ", path.string(),
          ": it is not a regular file");
  if (fs::exists(status)) return fs::canonical(path, error);
  const fs::path folder = path.parent_path();
  require(folder.empty() || fs::is_directory(folder, error), "cannot write ", path.string(),
          ": there is no folder ", folder.string());
  return path;
}

}  // namespace

Bytes read_file(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  require(file.is_open() || errno != ENOENT, "there is no file ", path.string());
  require(file.is_open(), "could not open ", path.string(), ": ", reason());
  struct stat status {};
  require(fstat(file.number(), &status) == 0, "could not read ", path.string(), ": ", reason());
  require(!S_ISDIR(status.st_mode), path.string(), " is a folder, not a file");
  require(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode), path.string(),
          " is not a regular file");
  try {
    // One byte more than the file should have, so that its end is seen without another round.
    Bytes bytes(static_cast<std::size_t>(status.st_size) + 1);
    std::size_t filled = read_up_to_end(file.number(), bytes, 0, path);
    while (filled == bytes.size()) {
      bytes.resize(bytes.size() * 2 + 65536);
      filled = read_up_to_end(file.number(), bytes, filled, path);
    }
    bytes.resize(filled);
    return bytes;
  } catch (const std::bad_alloc&) {
    fail(path.string(), " is too large to be read into memory");
  } catch (const std::length_error&) {
    fail(path.string(), " is too large to be read into memory");
  }
}

void write_file_atomically(const fs::path& path, std::span<const std::byte> contents) {
  const fs::path target = target_of(path);
  const fs::path temporary = temporary_beside(target);
  Descriptor file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  require(file.is_open(), "could not write ", path.string(), ": ", reason());
  if (write_all(file.number(), contents) && fsync(file.number()) == 0 && file.close() &&
      rename(temporary.c_str(), target.c_str()) == 0) {
    sync_folder(target.has_parent_path() ? target.parent_path() : ".");
    return;
  }
  const std::string why = reason();
  (void)unlink(temporary.c_str());
  fail("could not write ", path.string(), ": ", why);
}

void write_file_atomically(const fs::path& path, std::string_view contents) {
  write_file_atomically(path, std::as_bytes(std::span(contents)));
}

}  // namespace backlight
