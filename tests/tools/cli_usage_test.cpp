// Command lines that are not understood: one sentence each, exit code 2 or 1, and no file touched.
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class UsageTest : public ProgramTest {
 protected:
  UsageTest() {
    write_weights("w.safetensors");
    write_photo("2_1.png");
    write_photo("lunch.png");
  }
  // explain with the small weights and more.
  static Words explain(const Words& more) {
    Words words{"explain", "--weights", "w.safetensors"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void expect_nothing_written() const {
    EXPECT_EQ(listing(), (Words{"2_1.png", "lunch.png", "w.safetensors"}));
  }
};

TEST_F(UsageTest, HelpIsThereForEveryVerb) {
  const std::string help = run_well({"--help"});
  for (const std::string verb :
       {"predict", "explain", "evaluate", "filters", "inspect", "convert", "train", "demo"}) {
    EXPECT_NE(help.find("  " + verb), std::string::npos) << verb;
    const std::string own = run_well({verb, "--help"});
    EXPECT_NE(own.find("backlight " + verb), std::string::npos) << own;
    EXPECT_NE(own.find("Example"), std::string::npos) << own;
  }
  const std::string explain = run_well({"explain", "-h"});
  for (const std::string option :
       {"--weights", "--method", "--target", "--variant", "--steps", "--quadrature", "--baseline",
        "--samples", "--noise", "--seed", "--batch", "--threads", "--device", "--out"})
    EXPECT_NE(explain.find(option), std::string::npos) << option;
}

TEST_F(UsageTest, SuggestsTheNearestVerb) {
  run_badly({}, {"backlight --help lists the verbs"}, 2);
  run_badly({"explian", "2_1.png"}, {"'explian'", "did you mean 'explain'?"}, 2);
  run_badly({"Predict", "2_1.png"}, {"did you mean 'predict'?"}, 2);
  run_badly({"zzzzzz"}, {"there is no verb 'zzzzzz'", "--help"}, 2);
  run_badly({"--verbose"}, {"'--verbose'"}, 2);
}

TEST_F(UsageTest, SuggestsTheNearestOption) {
  run_badly({"predict", "--wieghts", "w.safetensors", "2_1.png"},
            {"backlight predict has no option --wieghts", "did you mean '--weights'?"}, 2);
  run_badly(explain({"--sample=3", "2_1.png"}), {"--sample,", "did you mean '--samples'?"}, 2);
  run_badly(explain({"-q", "2_1.png"}), {"has no option -q"}, 2);
  run_badly({"train", "--step", "2", "x.safetensors"}, {"did you mean '--steps'?"}, 2);
  expect_nothing_written();
}

TEST_F(UsageTest, SuggestsTheNearestMethodVariantAndQuadrature) {
  run_badly(explain({"--method", "smothgrad", "2_1.png"}), {"did you mean 'smoothgrad'?"});
  run_badly(explain({"--method", "saliency,Saliancy", "2_1.png"}),
            {"'Saliancy'", "did you mean 'saliency'?"});
  run_badly(explain({"--method", "xyz", "2_1.png"}),
            {"'saliency', 'input-x-gradient', 'smoothgrad', 'integrated-gradients'"});
  run_badly(explain({"--method", "", "2_1.png"}), {"there is no method ''"});
  run_badly(explain({"--variant", "notebok", "2_1.png"}), {"did you mean 'notebook'?"});
  run_badly(explain({"--variant", "x", "2_1.png"}), {"'paper', 'notebook'"});
  run_badly(explain({"--quadrature", "gaus-legendre", "2_1.png"}),
            {"did you mean 'gauss-legendre'?"});
  run_badly(explain({"--quadrature", "simpson-38", "2_1.png"}), {"--quadrature has no"});
  run_badly(explain({"--samples", "lmie=50", "2_1.png"}), {"did you mean 'lime'?"});
  expect_nothing_written();
}

TEST_F(UsageTest, SuggestsTheNearestTarget) {
  run_badly(explain({"--target", "desert", "2_1.png"}), {"did you mean 'Dessert'?"});
  run_badly(explain({"--target", "prediction", "2_1.png"}), {"did you mean 'predicted'?"});
  run_badly(explain({"--target", "11", "2_1.png"}), {"there is no class 11", "0 to 10"});
  run_badly(explain({"--target", "-1", "2_1.png"}), {"there is no class '-1'"});
  run_badly(explain({"--target", "99999999999999999999", "2_1.png"}), {"there is no class"});
  run_badly(explain({"--target", "kryptonite sandwich", "2_1.png"}), {"there are 'Bread'"});
  expect_nothing_written();
  // Only with the photos does it turn out that one has no label.
  run_badly(explain({"--target", "label", "--method", "saliency", "lunch.png"}),
            {"the name of lunch.png holds no label", "--target predicted"});
}

TEST_F(UsageTest, RefusesNumbersOutOfRange) {
  const std::vector<Words> bad{
      {"--steps", "0"},        {"--steps", "-3"},       {"--steps", "many"},
      {"--samples", "0"},      {"--samples", "1e30"},   {"--noise", "loud"},
      {"--seed", "-1"},        {"--seed", "x"},         {"--samples", "lime=0"},
      {"--samples", "4,lime"}, {"--samples", "lime="},  {"--batch", "0"},
      {"--threads", "0"},      {"--threads", "-2"},     {"--device", "cuda:0"},
      {"--batch", "70000"},    {"--threads", "999999"}, {"--seed", "1e99999"}};
  for (const Words& option : bad) {
    Words more = option;
    more.push_back("2_1.png");
    run_badly(explain(more), {option[0]}, 2);
  }
  run_badly(explain({"--noise", "-0.5", "2_1.png"}), {"--noise must be a number from 0 on"});
  run_badly(explain({"--noise", "nan", "2_1.png"}), {"--noise must be a number from 0 on"});
  run_badly(explain({"--noise", "inf", "2_1.png"}), {"--noise must be a number from 0 on"});
  run_badly(explain({"--method", "integrated-gradients", "--quadrature", "trapezoid", "--steps",
                     "1", "--out", "x", "2_1.png"}),
            {"the trapezoid rule needs at least 2 steps, not 1"});
  // Said before the first map is made, whichever method it is about.
  run_badly(explain({"--method", "saliency,occlusion", "--window", "33", "--out", "x", "2_1.png"}),
            {"a window of 33 pixels does not fit a picture of 32"});
  EXPECT_EQ(listing("x"), Words{});
}

TEST_F(UsageTest, AsksForWhatIsMissing) {
  run_badly({"predict"}, {"images is required", "backlight predict --help"}, 2);
  run_badly(explain({}), {"images is required"}, 2);
  run_badly({"inspect"}, {"file is required"}, 2);
  run_badly({"convert", "w.safetensors"}, {"output is required"}, 2);
  run_badly({"train"}, {"out is required"}, 2);
  run_badly({"predict", "2_1.png", "--weights"}, {"--weights"}, 2);
  run_badly({"demo", "lunch.png"}, {"lunch.png"}, 2);
  expect_nothing_written();
}

TEST_F(UsageTest, OptionsMayStandBeforeAndBehindThePhotos) {
  const Words few{"--samples", "1", "--steps", "1", "--out", "a"};
  Words words = explain({"2_1.png", "--method", "saliency", "lunch.png"});
  words.insert(words.end(), few.begin(), few.end());
  run_well(words);
  EXPECT_EQ(json("a/result.json").at("photos").size(), 2u);
  // A method's name does not swallow the photos behind it.
  run_well(explain({"--out", "b", "--method", "saliency", "2_1.png", "lunch.png"}));
  EXPECT_EQ(json("b/result.json").at("photos").size(), 2u);
  // Nor does the name of a photo that looks like an option, behind "--".
  write_photo("-x.png");
  run_well(explain({"--out", "c", "--method", "saliency", "--", "-x.png", "lunch.png"}));
  EXPECT_EQ(json("c/result.json").at("photos").at(0).at("path"), "-x.png");
}

}  // namespace
}  // namespace backlight::testing
