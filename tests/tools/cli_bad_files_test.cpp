// Files and folders that are bad or hostile: an error in one sentence, and nothing half-written.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <limits>

#include "models/weights/safetensors.h"
#include "tensor/npy.h"
#include "tests/models/weights_testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

namespace fs = std::filesystem;

class BadFilesTest : public ProgramTest {
 protected:
  BadFilesTest() {
    weights_ = write_weights("w.safetensors");
    write_photo("2_17.png");
  }

  // That no verb takes this file for a photo, and that none writes anything.
  void expect_bad_photo(const std::string& image, const Words& fragments) const {
    const Words before = listing();
    run_badly({"predict", "--weights", "w.safetensors", "--json", "2_17.png", image}, fragments);
    const ProgramResult result =
        run({"predict", "--weights", "w.safetensors", "--json", "2_17.png", image});
    EXPECT_EQ(result.out, "");
    const Words explain{"explain", "--weights", "w.safetensors", "--out", "out"};
    const auto explain_with = [&](const Words& more) {
      Words words = explain;
      words.insert(words.end(), more.begin(), more.end());
      run_badly(words, fragments);
    };
    explain_with({"2_17.png", image});
    explain_with({"--baseline", image, "2_17.png"});
    EXPECT_EQ(listing(), before);
  }

  // That no verb takes this file for weights.
  void expect_bad_weights(const std::string& file, const Words& fragments) const {
    const Words before = listing();
    Words named = fragments;
    named.push_back(file);
    run_badly({"predict", "--weights", file, "2_17.png"}, named);
    run_badly({"explain", "--weights", file, "--out", "out", "2_17.png"}, named);
    run_badly({"inspect", file}, named);
    EXPECT_EQ(listing(), before);
  }

  // The small network's weights with one entry replaced, or left out if it is undefined.
  void write_changed(const std::string& name, const std::string& entry, const Tensor& by) const {
    StateDict changed;
    for (const auto& [key, tensor] : weights_)
      if (key != entry)
        changed.add(key, tensor);
      else if (by.defined())
        changed.add(key, by);
    write_safetensors(path(name), changed);
  }

  StateDict weights_;
};

TEST_F(BadFilesTest, PhotosThatAreNotThere) {
  expect_bad_photo("none.png", {"there is no file none.png"});
  fs::create_directory(path("folder.png"));
  expect_bad_photo("folder.png", {"folder.png is a folder"});
  expect_bad_photo("/dev/zero", {"/dev/zero is not a regular file"});
  if (geteuid() != 0) {
    write_photo("secret.png");
    chmod(path("secret.png").c_str(), 0);
    expect_bad_photo("secret.png", {"could not open secret.png: Permission denied"});
  }
}

TEST_F(BadFilesTest, PhotosThatAreNoPictures) {
  write("empty.png", "");
  expect_bad_photo("empty.png", {"empty.png is empty"});
  write("text.jpg", "Dear diary,\ntoday I ate soup.\n");
  expect_bad_photo("text.jpg", {"text.jpg"});
  write("page.jpg", "<!DOCTYPE html><html>404</html>");
  expect_bad_photo("page.jpg", {"page.jpg", "web page"});
  write("moving.png", "GIF89a...........");
  expect_bad_photo("moving.png", {"moving.png", "GIF"});
  expect_bad_photo("w.safetensors", {"w.safetensors"});
}

TEST_F(BadFilesTest, PhotosThatAreBroken) {
  const std::string good = read("2_17.png");
  write("half.png", good.substr(0, good.size() / 2));
  expect_bad_photo("half.png", {"half.png"});
  std::string flipped = good;
  flipped[good.size() / 2] ^= 4;
  write("flipped.png", flipped);
  expect_bad_photo("flipped.png", {"flipped.png is a damaged PNG"});
  const std::string jpeg(as_text(read_file(fixture("../image/rgb.jpg"))));
  write("half.jpg", jpeg.substr(0, jpeg.size() * 2 / 3));
  expect_bad_photo("half.jpg", {"half.jpg"});
  write("start.jpg", jpeg.substr(0, 3));
  expect_bad_photo("start.jpg", {"start.jpg"});
}

// 100000 x 100000 pixels in a file of a few bytes.
TEST_F(BadFilesTest, PhotosThatClaimToBeHuge) {
  std::string png = read("2_17.png");
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (int byte = 0; byte < 4; ++byte)
      png[at + static_cast<std::size_t>(byte)] = static_cast<char>(value >> (24 - 8 * byte));
  };
  // Behind the signature: the length and name of the chunk IHDR, width, height, five bytes, and
  // the checksum over name and contents.
  put(16, 100000);
  put(20, 100000);
  put(29, crc32(png.substr(12, 17)));
  write("huge.png", png);
  expect_bad_photo("huge.png", {"huge.png claims 100000 x 100000 pixels"});
}

TEST_F(BadFilesTest, WeightsThatAreDamaged) {
  expect_bad_weights("none.pth", {"there is no file none.pth"});
  write("empty.pth", "");
  expect_bad_weights("empty.pth", {"empty.pth is empty"});
  const std::string good(as_text(read_file(fixture("../food_cnn/food/weights.pth"))));
  write("cut.pth", good.substr(0, good.size() / 2));
  expect_bad_weights("cut.pth", {"cut.pth"});
  std::string flipped = good;
  flipped[good.size() / 2] ^= 16;
  write("flipped.pth", flipped);
  expect_bad_weights("flipped.pth", {"is damaged"});
  const std::string tensors = read("w.safetensors");
  write("cut.safetensors", tensors.substr(0, tensors.size() - 1));
  expect_bad_weights("cut.safetensors", {"cut.safetensors"});
  std::string header = tensors;
  header[7] = 0x10;  // the header's length becomes 2^60 bytes
  write("header.safetensors", header);
  expect_bad_weights("header.safetensors", {"header.safetensors"});
}

TEST_F(BadFilesTest, WeightsUnderAnotherName) {
  fs::copy(path("2_17.png"), path("photo.pth"));
  expect_bad_weights("photo.pth", {"photo.pth is neither a file of torch.save nor safetensors"});
  // What the contents are good for is read under any name.
  fs::copy(path("w.safetensors"), path("w.pth"));
  EXPECT_EQ(run_well({"predict", "--json", "--weights", "w.pth", "2_17.png"}),
            run_well({"predict", "--json", "--weights", "w.safetensors", "2_17.png"}));
}

TEST_F(BadFilesTest, WeightsThatAreAttacks) {
  const std::string order = code::global("posix", "system") +
                            code::tuple({code::text("touch " + path("was_here"))}) + "R";
  write("attack.pth", torch_zip(code::pickle(order)));
  expect_bad_weights("attack.pth", {"asks to run posix.system, but Backlight runs nothing"});
  write("beside.pth",
        torch_zip(code::pickle(code::dict({{"cnn.0.weight", code::tensor({})}, {"args", order}}))));
  expect_bad_weights("beside.pth", {"asks to run posix.system"});
  EXPECT_FALSE(fs::exists(path("was_here")));
  // A deflate stream of 64 kB that would unpack to gigabytes.
  const std::string data = code::pickle(code::dict({{"w", code::tensor({})}}));
  const ZipEntry bomb{"a/data/0", std::string(65536, '\x55'), 8, 0xFFFFFFF0, 0, 0};
  write("bomb.pth", zip({stored("a/data.pkl", data), bomb}));
  expect_bad_weights("bomb.pth", {"32 times its size"});
}

TEST_F(BadFilesTest, WeightsThatAreNoNumbers) {
  Tensor bias = weights_.at("fc.3.bias").clone();
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    bias.mutable_data<float>()[4] = bad;
    write_changed("bad.safetensors", "fc.3.bias", bias);
    expect_bad_weights("bad.safetensors", {"fc.3.bias"});
  }
}

// Numbers, but so large that the logits are none.
TEST_F(BadFilesTest, WeightsThatOverflow) {
  write_changed("large.safetensors", "fc.0.weight",
                Tensor::full(weights_.at("fc.0.weight").shape(), 3e38));
  run_badly({"predict", "--json", "--weights", "large.safetensors", "2_17.png"},
            {"the weights overflow"});
  run_badly({"explain", "--weights", "large.safetensors", "--out", "out", "2_17.png"},
            {"the weights overflow"});
  EXPECT_EQ(listing("out"), Words{});
}

TEST_F(BadFilesTest, WeightsOfAnotherNetwork) {
  fs::copy(fixture("net.safetensors"), path("net.safetensors"));
  expect_bad_weights("net.safetensors", {"neither the course's food CNN", "nor its 2020 edition"});
  write_changed("missing.safetensors", "fc.3.bias", {});
  expect_bad_weights("missing.safetensors", {"Missing key(s) in state_dict: \"fc.3.bias\""});
  write_changed("shape.safetensors", "cnn.1.bias", Tensor::zeros({7}));
  expect_bad_weights("shape.safetensors", {"size mismatch for cnn.1.bias", "torch.Size([7])"});
  write_changed("rank.safetensors", "fc.0.weight", Tensor::zeros({32}));
  expect_bad_weights("rank.safetensors", {"rank.safetensors"});
}

TEST_F(BadFilesTest, FoldersThatCannotBeWritten) {
  const Words before = listing();
  const auto expect_bad_folder = [&](const std::string& out) {
    run_badly(
        {"explain", "--weights", "w.safetensors", "--method", "saliency", "--out", out, "2_17.png"},
        {out});
    EXPECT_EQ(listing(), before);
  };
  expect_bad_folder("w.safetensors");              // a file
  expect_bad_folder("w.safetensors/sub");          // below a file
  expect_bad_folder("/proc/backlight/explained");  // where not even root may write
  expect_bad_folder("/proc/self");
  run_badly({"demo", "--weights", "w.safetensors", "--out", "/proc/backlight"},
            {"/proc/backlight"});
  run_badly({"convert", "w.safetensors", "/proc/self/x.safetensors"}, {"/proc/self"});
  run_badly({"train", "--steps", "1", "/proc/backlight/x.safetensors"}, {"/proc/backlight"});
  EXPECT_EQ(listing(), before);
  if (geteuid() == 0) return;  // whom permissions do not stop
  fs::create_directory(path("locked"));
  chmod(path("locked").c_str(), 0555);
  run_badly({"explain", "--weights", "w.safetensors", "--out", "locked", "2_17.png"},
            {"cannot write into the folder locked", "--out"});
  run_badly({"train", "--steps", "1", "locked/x.safetensors"}, {"cannot write into the folder"});
  EXPECT_EQ(listing("locked"), Words{});
}

// No file of the program that is started while this lives can grow beyond a number of bytes: what
// writing to a full disk looks like.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(BadFilesTest, FullDisksLeaveNoHalfFiles) {
  const Words words{"explain",   "--weights", "w.safetensors", "--method", "saliency,smoothgrad",
                    "--samples", "2",         "2_17.png"};
  const auto in = [&](const std::string& out) {
    Words with = words;
    with.insert(with.end(), {"--threads", "1", "--out", out});
    return with;
  };
  run_well(in("whole"));
  std::vector<std::uintmax_t> sizes;
  for (const std::string& name : listing("whole"))
    sizes.push_back(fs::file_size(path("whole/" + name)));
  std::sort(sizes.begin(), sizes.end());
  // Just too little for each of the files, from the smallest to the largest.
  for (const std::uintmax_t size : sizes) {
    SCOPED_TRACE(str("with room for ", size - 1, " bytes a file"));
    fs::remove_all(path("out"));
    {
      const FileSizeLimit limit(size - 1);
      run_badly(in("out"), {"could not write out/", "File too large"});
    }
    EXPECT_LT(listing("out").size(), sizes.size());
    for (const std::string& name : listing("out"))
      if (name != "result.json" && name != "report.html") {  // these tell the time it took
        EXPECT_EQ(read("out/" + name), read("whole/" + name)) << name;
      }
  }
  const FileSizeLimit limit(1000);
  run_badly({"convert", "w.safetensors", "copy.safetensors"}, {"could not write copy.safetensors"});
  EXPECT_FALSE(fs::exists(path("copy.safetensors")));
}

// A map that was there before is replaced whole or kept whole.
TEST_F(BadFilesTest, FullDisksKeepWhatWasThereBefore) {
  const Words words{"explain",  "--weights", "w.safetensors", "--method",
                    "saliency", "--out",     "out",           "2_17.png"};
  run_well(words);
  const std::string before = read("out/2_17.saliency.npy");
  const FileSizeLimit limit(5000);
  run_badly(words, {"could not write out/2_17.saliency.npy"});
  EXPECT_EQ(read("out/2_17.saliency.npy"), before);
  EXPECT_EQ(listing("out").size(), 4u);
}

}  // namespace
}  // namespace backlight::testing
