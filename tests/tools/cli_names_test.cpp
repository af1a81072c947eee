// Names of files: whatever the file system takes.
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class NamesTest : public ProgramTest {
 protected:
  NamesTest() { write_weights("w.safetensors"); }

  void explain(const Words& images) const {
    Words words{"explain",   "--weights", "w.safetensors", "--method", "saliency",
                "--threads", "1",         "--out",         "out"};
    words.insert(words.end(), images.begin(), images.end());
    run_well(words);
  }
};

TEST_F(NamesTest, PhotosOfOneNameDoNotOverwriteEachOther) {
  const Words images{"a/5_1.png", "b/5_1.png", "b/5_1.jpg", "c/5_1-2.png"};
  for (std::size_t n = 0; n < images.size(); ++n)
    write_photo(images[n], static_cast<int>(n), static_cast<int>(n));
  explain(images);
  EXPECT_EQ(listing("out"),
            (Words{"5_1-2-2.saliency.npy", "5_1-2-2.saliency.png", "5_1-2.saliency.npy",
                   "5_1-2.saliency.png", "5_1-3.saliency.npy", "5_1-3.saliency.png",
                   "5_1.saliency.npy", "5_1.saliency.png", "report.html", "result.json"}));
  const auto photos = json("out/result.json").at("photos");
  ASSERT_EQ(photos.size(), 4u);
  for (std::size_t n = 0; n < 4; ++n) {
    EXPECT_EQ(photos[n].at("path"), images[n]);
    EXPECT_EQ(photos[n].at("label"), 5);
    // Each map belongs to its own photo.
    const std::string npy = photos[n].at("maps").at(0).at("files").at("npy");
    const Tensor map = read_npy(path("out/" + npy));
    Words words{"explain", "--weights", "w.safetensors", "--method", "saliency"};
    words.insert(words.end(), {"--out", "alone", images[n]});
    run_well(words);
    const std::string alone = json("alone/result.json").at("photos").at(0).at("stem");
    EXPECT_TRUE(has_same_bytes(read_npy(path("alone/" + alone + ".saliency.npy")), map));
  }
}

TEST_F(NamesTest, MayHoldSpacesQuotesMarkupAndLineBreaks) {
  const Words stems{"two words",
                    "it's \"quoted\"",
                    "<script>alert(1)<script>",
                    "a&b;c=d%20e#f?g",
                    "line\nbreak\ttab",
                    "$(touch pwned) `id` \\",
                    "\xE9\x9F\xAD\xE8\x8F\x9C",  // Chinese chives
                    "..",
                    "{{x}}${y}"};
  Words images;
  for (const std::string& stem : stems) {
    images.push_back(stem + ".png");
    write_photo(images.back());
  }
  explain(images);
  const auto photos = json("out/result.json").at("photos");
  ASSERT_EQ(photos.size(), images.size());
  for (std::size_t n = 0; n < images.size(); ++n) {
    EXPECT_EQ(photos[n].at("path"), images[n]);
    EXPECT_TRUE(std::filesystem::exists(path("out/" + stems[n] + ".saliency.npy"))) << images[n];
    EXPECT_TRUE(std::filesystem::exists(path("out/" + stems[n] + ".saliency.png"))) << images[n];
  }
  EXPECT_EQ(listing("out").size(), 2 * images.size() + 2);
  EXPECT_FALSE(std::filesystem::exists(path("pwned")));
  // In the page they are text, not markup.
  const std::string page = read("out/report.html");
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_EQ(page.find("it's \"quoted\".png\""), std::string::npos);
  // And predict's JSON is still JSON.
  Words words{"predict", "--weights", "w.safetensors", "--json"};
  words.insert(words.end(), images.begin(), images.end());
  const auto list = nlohmann::json::parse(run_well(words));
  for (std::size_t n = 0; n < images.size(); ++n) EXPECT_EQ(list[n].at("image"), images[n]);
}

// Bytes that are no text, and those that are orders to a terminal, are written as U+FFFD.
TEST_F(NamesTest, MayHoldBytesThatAreNoText) {
  const std::string name = "caf\xE9\xFF.png", red = "\x1b[31mred.png";
  write_photo(name);
  write_photo(red);
  explain({name, red});
  EXPECT_TRUE(std::filesystem::exists(path("out/caf\xE9\xFF.saliency.npy")));
  EXPECT_TRUE(std::filesystem::exists(path("out/\x1b[31mred.saliency.npy")));
  const auto photos = json("out/result.json").at("photos");
  EXPECT_EQ(photos.at(0).at("path"), "caf\uFFFD\uFFFD.png");
  EXPECT_EQ(photos.at(1).at("path"), "\uFFFD[31mred.png");
  const auto list =
      nlohmann::json::parse(run_well({"predict", "--weights", "w.safetensors", "--json", name}));
  EXPECT_EQ(list.at(0).at("image"), "caf\uFFFD\uFFFD.png");
}

TEST_F(NamesTest, ErrorsStayOnOneLine) {
  run_badly({"predict", "--weights", "w.safetensors", "no\nsuch\r\x1b[2J\nfile.png"},
            {"there is no file no such [2J file.png"});
  run_badly({"inspect", "two\nlines.pth"}, {"two lines.pth"});
  run_badly({"explain", "--method", "sali\nency", "x.png"}, {"did you mean 'saliency'?"});
  run_badly({"no\nverb"}, {"there is no verb 'no verb'"}, 2);
}

TEST_F(NamesTest, TooLongForTheMapsFileIsAnErrorThatLeavesNothing) {
  const std::string stem(235, 'n');
  write_photo(stem + ".png");
  const ProgramResult result = run({"explain", "--weights", "w.safetensors", "--out", "out",
                                    "--method", "saliency", stem + ".png"});
  EXPECT_EQ(result.exit_code, 1);
  expect_one_sentence(result.err);
  EXPECT_EQ(listing("out"), Words{});
}

}  // namespace
}  // namespace backlight::testing
