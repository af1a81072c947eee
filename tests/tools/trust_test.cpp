// The checks of --check: what passes them and what does not.
#include "tools/trust.h"

#include "models/demo/scene.h"
#include "models/image/image.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

using tools::Method;
using tools::Verdict;

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() : session_(tools::open_session({})) {
    const Scene scene = render_scene(2, 17, session_->side());
    photo_.photo = scene.image;
    photo_.mask = scene.mask;
    photo_.target = tools::predict(*session_, image_to_tensor(scene.image)).front().predicted;
    options_.samples = 4;
    options_.steps = 8;
  }

  tools::MapResult judged(const Method& method) {
    const Tensor x = image_to_tensor(photo_.photo);
    const Model model = [&](const Var& input) { return (*session_)(input); };
    const Work work{.batch = 8};
    tools::MapResult map =
        tools::run_method(method, {model, x, photo_.target, options_, work, session_->class_names,
                                   session_->model.last_features()});
    tools::Trust(*session_, x, photo_, options_, work).check(method, map);
    return map;
  }

  static const tools::TrustCheck& check_of(const tools::MapResult& map, const std::string& name) {
    for (const tools::TrustCheck& check : map.trust)
      if (check.name == name) return check;
    fail("there is no check ", name);
  }

  std::unique_ptr<tools::Session> session_;
  tools::ExplainedPhoto photo_;
  tools::ExplainOptions options_;
};

// Random numbers, and the same ones whatever the network has learned.
tools::MapResult draw_at_random(const tools::MethodRequest& request) {
  tools::MapResult map;
  map.values = uniform({request.x.dim(1), request.x.dim(2)}, DType::f32, 5);
  map.checks = {{"sum", 1}, {"logit_minus_logit_of_baseline", 2}};
  return map;
}

TEST_F(TrustTest, AMapOfRandomNumbersFails) {
  const Method random{
      .name = "random", .title = "Random", .run = draw_at_random, .text = {}, .is_complete = true};
  const tools::MapResult map = judged(random);
  EXPECT_EQ(check_of(map, "insertion").verdict, Verdict::failed);
  EXPECT_EQ(check_of(map, "infidelity").verdict, Verdict::failed);
  EXPECT_GT(*check_of(map, "infidelity").value, 0.7);
  // It is the same for every network and every photo: stable, and blind.
  EXPECT_EQ(check_of(map, "randomisation").verdict, Verdict::failed);
  EXPECT_NEAR(*check_of(map, "randomisation").value, 1, 1e-9);
  EXPECT_EQ(check_of(map, "sensitivity").verdict, Verdict::passed);
  EXPECT_EQ(*check_of(map, "sensitivity").value, 0);
  EXPECT_EQ(check_of(map, "completeness").verdict, Verdict::failed);
  EXPECT_NEAR(*check_of(map, "completeness").value, 0.5, 1e-12);
}

TEST_F(TrustTest, DeepLiftOfASceneIsCompleteAndFollowsTheNetwork) {
  const tools::MapResult map = judged(tools::find_method("deeplift"));
  for (const char* name : {"randomisation", "completeness"})
    EXPECT_EQ(check_of(map, name).verdict, Verdict::passed) << check_of(map, name).text;
  // The curves begin and end with the photo, the baseline, or the other way round.
  ASSERT_EQ(map.extra.size(), 2u);
  const Tensor &deletion = map.extra[0].values, &insertion = map.extra[1].values;
  ASSERT_EQ(deletion.shape(), (Shape{3, 21}));
  const double p = tools::predict(*session_, image_to_tensor(photo_.photo))
                       .front()
                       .probabilities[static_cast<std::size_t>(photo_.target)];
  EXPECT_EQ(deletion.at(0), 0);
  EXPECT_EQ(deletion.at(20), 1);
  for (const std::int64_t row : {1, 2}) {
    EXPECT_NEAR(deletion.at(21 * row), p, 1e-5);
    EXPECT_NEAR(insertion.at(21 * row + 20), p, 1e-5);
  }
  EXPECT_NEAR(deletion.at(41), deletion.at(62), 1e-6);  // black, in whatever order
}

TEST_F(TrustTest, GradCamFindsWhatTheNetworkNeeds) {
  const tools::MapResult map = judged(tools::find_method("grad-cam"));
  const tools::TrustCheck& insertion = check_of(map, "insertion");
  EXPECT_EQ(insertion.verdict, Verdict::passed) << insertion.text;
  EXPECT_GT(*insertion.value, *insertion.yardstick);
}

TEST_F(TrustTest, WhatIsNotPromisedIsNotJudged) {
  const tools::MapResult map = judged(tools::find_method("saliency"));
  EXPECT_EQ(check_of(map, "completeness").verdict, Verdict::none);
  EXPECT_EQ(check_of(map, "pointing").verdict, Verdict::none);  // the map was not scored
  options_.samples = 1000;
  const Method& lime = tools::find_method("lime");
  EXPECT_LT(tools::passes_of_checks(lime, options_, 128), 100);
  options_.samples = 100;
  EXPECT_GT(tools::passes_of_checks(lime, options_, 128), 500);
}

TEST(TrustAgreement, NamesTheMostAndTheLeastLike) {
  const Image photo{4, 4, std::vector<std::uint8_t>(48)};
  const Tensor a = uniform({4, 4}, DType::f32, 1), c = uniform({4, 4}, DType::f32, 2);
  Tensor doubled = a.clone();
  for (std::int64_t i = 0; i < 16; ++i) doubled.mutable_data<float>()[i] *= 2;
  std::vector<tools::MapResult> maps(3);
  const char* const titles[]{"A", "Twice", "Other"};
  const Tensor values[]{a, doubled, c};
  for (std::size_t m = 0; m < 3; ++m) {
    maps[m].title = titles[m];
    maps[m].values = values[m];
    maps[m].trust = {{"deletion", "Deletion", Verdict::passed, 0.1, 0.2, ""}};
  }
  for (int twice = 0; twice < 2; ++twice) tools::compare_with_others(photo, maps);
  ASSERT_EQ(maps[0].trust.size(), 2u);
  EXPECT_TRUE(
      maps[0].trust[1].text.starts_with("most like Twice (rank correlation 1), least like "
                                        "Other"))
      << maps[0].trust[1].text;
  EXPECT_EQ(maps[0].trust[1].verdict, Verdict::none);
}

// The program: the panel in the report, the numbers in result.json, and both again with --resume.
class CheckTest : public ProgramTest {};

TEST_F(CheckTest, JudgesMapsAndGoesOnWithWhatIsThere) {
  write_weights("w.safetensors", 3);
  write_photo("2_17.png", 2, 17);
  const Words explain{"explain",           "--weights", "w.safetensors", "--method",
                      "saliency,deeplift", "--out",     "out",           "2_17.png"};
  const auto with = [&](Words more) {
    more.insert(more.begin(), explain.begin(), explain.end());
    return more;
  };
  run_well(explain);
  EXPECT_TRUE(json("out/result.json").at("photos")[0].at("maps")[0].at("trust").is_null());
  EXPECT_EQ(read("out/report.html").find("Can it be trusted?"), std::string::npos);
  run_well(with({"--resume", "--check"}));  // the maps are there, the checks are not
  const auto first = json("out/result.json").at("photos")[0].at("maps");
  ASSERT_EQ(first.size(), 2u);
  for (const auto& map : first) {
    EXPECT_EQ(map.at("trust").size(), 8u);
    EXPECT_EQ(read_npy(path("out/" + map.at("files").at("deletion").get<std::string>())).shape(),
              (Shape{3, 21}));
  }
  EXPECT_NE(read("out/report.html").find("Can it be trusted?"), std::string::npos);
  run_well(with({"--resume", "--check"}));
  const auto again = json("out/result.json").at("photos")[0].at("maps");
  for (std::size_t m = 0; m < 2; ++m) EXPECT_EQ(again[m].at("trust"), first[m].at("trust"));
}

}  // namespace
}  // namespace backlight::testing
