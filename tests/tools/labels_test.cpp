#include "tools/labels.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/testing.h"

namespace backlight::tools {
namespace {

namespace fs = std::filesystem;

TEST(Labels, AreTheDigitsBeforeTheFirstBar) {
  EXPECT_EQ(label_of("2_17.jpg"), 2);
  EXPECT_EQ(label_of("photos/validation/10_0.png"), 10);
  EXPECT_EQ(label_of("0_a_b.c.jpeg"), 0);
  EXPECT_EQ(label_of("007_1"), 7);
  EXPECT_EQ(label_of("3_.png"), 3);
  EXPECT_EQ(label_of("123456_1.png"), 123456);
}

TEST(Labels, AreNotGuessed) {
  for (const char* name :
       {"lunch.jpg", "2.jpg", "_2.jpg", "2-17.jpg", "a2_1.jpg", "-1_2.jpg", "+1_2.jpg", " 1_2.jpg",
        "1.5_2.jpg", "1234567_1.jpg", "", "2_17/x.jpg", "\xC2\xB2_1.jpg"})
    EXPECT_EQ(label_of(name), std::nullopt) << name;
}

class LabelledPhotos : public ::testing::Test {
 protected:
  LabelledPhotos() {
    std::string name = ::testing::TempDir() + "backlight_labels_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~LabelledPhotos() override { fs::remove_all(folder_); }
  void touch(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }

  fs::path folder_;
};

TEST_F(LabelledPhotos, TakesThePicturesWithALabelThatIsAFood) {
  for (const char* name : {"0_1.jpg", "10_2.PNG", "3_3.JpEg", "11_1.jpg", "notes.txt", "4_1.txt",
                           "lunch.jpg", "5_1.jpg.part"})
    touch(name);
  std::set<std::pair<std::string, std::int64_t>> found;
  for (const LabelledPhoto& photo : labelled_photos(folder_))
    found.emplace(photo.path.filename().string(), photo.label);
  EXPECT_EQ(found, (std::set<std::pair<std::string, std::int64_t>>{
                       {"0_1.jpg", 0}, {"10_2.PNG", 10}, {"3_3.JpEg", 3}}));
}

TEST_F(LabelledPhotos, AreMixedButAlwaysInTheSameOrder) {
  for (int label = 0; label < 11; ++label)
    for (int n = 0; n < 10; ++n) touch(str(label, "_", n, ".jpg"));
  const auto order = [&] {
    std::vector<std::string> names;
    for (const LabelledPhoto& photo : labelled_photos(folder_))
      names.push_back(photo.path.filename().string());
    return names;
  };
  const std::vector<std::string> names = order();
  ASSERT_EQ(names.size(), 110u);
  EXPECT_EQ(order(), names);
  EXPECT_FALSE(std::is_sorted(names.begin(), names.end()));
  // No eleventh of the list lacks more than seven of the classes.
  for (std::size_t first = 0; first < 110; first += 22) {
    std::set<std::int64_t> classes;
    for (std::size_t i = first; i < first + 22; ++i) classes.insert(*label_of(names[i]));
    EXPECT_GE(classes.size(), 5u);
  }
}

TEST_F(LabelledPhotos, RefusesAFolderThatIsNone) {
  EXPECT_EQ(testing::message_of([&] { labelled_photos(folder_ / "none"); }),
            "there is no folder " + (folder_ / "none").string());
  touch("file");
  EXPECT_NE(testing::message_of([&] { labelled_photos(folder_ / "file"); }), "");
}

}  // namespace
}  // namespace backlight::tools
