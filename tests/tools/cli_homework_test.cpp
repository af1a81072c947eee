// backlight homework: twenty questions, answered from the model and the photos at hand.
#include <signal.h>

#include <chrono>
#include <set>
#include <thread>

#include "models/image/image.h"
#include "models/weights/safetensors.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class HomeworkTest : public ProgramTest {
 protected:
  HomeworkTest() {
    write_weights("w.safetensors", 1);
    for (int n = 0; n < 3; ++n) write_photo(str("photos/", 3 * n, "_", n, ".png"), 3 * n, n);
  }

  static Words homework(const Words& more = {}, const std::string& weights = "w.safetensors") {
    Words words{"homework", "--weights", weights, "--images",  "photos", "--lime-samples",
                "40",       "--steps",   "2",     "--threads", "1",      "--smoothgrad-samples",
                "4"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // What is looked at of one run.
  void expect_twenty_answers(const std::string& printed) const;
  void expect_page_in_both_languages() const;
  void expect_words_follow_from_numbers() const;

  // Whether a text has Chinese characters (those of the basic block, which take three bytes).
  static bool has_chinese(const std::string& text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
      const auto first = static_cast<std::uint8_t>(text[i]);
      if (first >= 0xE4 && first <= 0xE9) return true;
    }
    return false;
  }

  static void expect_both_languages(const nlohmann::json& text) {
    const std::string en = text.at("en"), zh = text.at("zh");
    EXPECT_GT(en.size(), 3u) << text;
    EXPECT_FALSE(has_chinese(en)) << en;
    EXPECT_TRUE(has_chinese(zh)) << zh;
  }
};

void HomeworkTest::expect_twenty_answers(const std::string& printed) const {
  EXPECT_NE(printed.find("20 questions answered on 3 photos"), std::string::npos) << printed;
  const auto result = json("homework/homework.json");
  const std::string page = read("homework/report.html");
  EXPECT_EQ(result.at("format"), "backlight-homework");
  EXPECT_EQ(result.at("complete"), true);
  EXPECT_EQ(result.at("photos").size(), 3u);
  ASSERT_EQ(result.at("questions").size(), 20u);
  int number = 0;
  for (const auto& question : result.at("questions")) {
    SCOPED_TRACE(str("question ", number + 1));
    EXPECT_EQ(question.at("number"), ++number);
    for (const char* part : {"question", "answer", "published"})
      expect_both_languages(question.at(part));
    // The number is a number, and the one that people are shown.
    const auto& of_answer = question.at("number_of_answer");
    EXPECT_TRUE(of_answer.at("value").is_number()) << of_answer;
    EXPECT_FALSE(of_answer.at("shown").get<std::string>().empty());
    expect_both_languages(of_answer.at("means"));
    EXPECT_FALSE(question.at("values").empty());
    const std::string figure = question.at("figure").at("file");
    EXPECT_GT(read_image(path("homework/" + figure)).width, 300) << figure;
    EXPECT_FALSE(question.at("arrays").empty());
    for (const std::string file : question.at("arrays"))
      EXPECT_TRUE(all_finite(read_npy(path("homework/" + file)))) << file;
    EXPECT_EQ(question.at("published").at("of"), "the course's original weights and photos");
    const std::string anchor = str("id=\"question-", number, "\"");
    EXPECT_NE(page.find(anchor), std::string::npos) << anchor;
  }
}

// Each section of the page has both languages, the figure, and what was published in a box that
// says so.
void HomeworkTest::expect_page_in_both_languages() const {
  const std::string page = read("homework/report.html");
  const auto result = json("homework/homework.json");
  std::size_t at = 0;
  for (const auto& question : result.at("questions")) {
    const std::string anchor = str("id=\"question-", question.at("number").get<int>(), "\"");
    SCOPED_TRACE(anchor);
    at = page.find(anchor, at);
    ASSERT_NE(at, std::string::npos);
    const std::string section = page.substr(at, page.find("</section>", at) - at);
    const std::size_t box = section.find("<aside class=\"published\">");
    ASSERT_NE(box, std::string::npos);
    const std::string published = section.substr(box, section.find("</aside>", box) - box);
    EXPECT_NE(published.find("Published by the course, for its original weights"),
              std::string::npos);
    EXPECT_NE(published.find("課程公布"), std::string::npos);
    EXPECT_NE(published.find(question.at("published").at("zh").get<std::string>()),
              std::string::npos);
    // The answer stands before the box, not in it.
    const std::string answer = question.at("answer").at("zh");
    EXPECT_LT(section.find(answer), box);
    EXPECT_EQ(published.find(answer), std::string::npos);
    EXPECT_NE(section.find("<p lang=\"en\">"), std::string::npos);
    EXPECT_NE(section.find("<p lang=\"zh-Hant\">"), std::string::npos);
    EXPECT_NE(section.find("src=\"data:image/png;base64,"), std::string::npos);
  }
  EXPECT_EQ(page.find("<script"), std::string::npos) << "the languages need none";
  EXPECT_NE(page.find("id=\"only-zh\""), std::string::npos);
  // Numbers that were published stand beside those that were computed.
  const auto& compared = result.at("questions")[0].at("compared");
  ASSERT_EQ(compared.at("rows").size(), 3u);
  EXPECT_EQ(compared.at("rows")[1].at("published"), 141);
  EXPECT_NE(compared.at("rows")[1].at("computed"), 141) << "of another photo";
  EXPECT_EQ(result.at("photos")[0].at("published_logit"), 10.331);
}

// The words say what the numbers do.
void HomeworkTest::expect_words_follow_from_numbers() const {
  const auto questions = json("homework/homework.json").at("questions");
  const auto answer = [&](int number) {
    return questions[static_cast<std::size_t>(number - 1)].at("answer").at("en").get<std::string>();
  };
  const auto values = [&](int number) {
    return questions[static_cast<std::size_t>(number - 1)].at("values");
  };
  // 9: the photo of the lowest correlation, by the correlations themselves.
  const auto correlations = values(9).at("rank_correlation").get<std::vector<double>>();
  const auto least = std::min_element(correlations.begin(), correlations.end());
  EXPECT_EQ(values(9).at("photo"), least - correlations.begin() + 1);
  EXPECT_TRUE(answer(9).starts_with(str("On photo ", least - correlations.begin() + 1, ":")))
      << answer(9);
  // 2: the weight is that of the array that was written.
  const std::string lime = questions[1].at("arrays")[0];
  const Tensor weights = read_npy(path("homework/" + lime));
  double most_negative = 0;
  for (std::int64_t i = 0; i < weights.numel(); ++i)
    most_negative = std::min(most_negative, weights.at(i));
  if (values(2).at("notebook_shows_some").get<bool>() && most_negative < 0) {
    EXPECT_NEAR(questions[1].at("number_of_answer").at("value").get<double>(), most_negative, 1e-6);
    EXPECT_TRUE(answer(2).starts_with("The most negative part is ")) << answer(2);
  }
  // 14: the sum is that of the activation of the photo named.
  const auto sums = values(14).at("sums").get<std::vector<double>>();
  const auto photo = values(14).at("photo").get<std::size_t>();
  EXPECT_EQ(sums[photo - 1], *std::max_element(sums.begin(), sums.end()));
  const std::string activation = questions[13].at("arrays")[photo - 1];
  const Tensor map = read_npy(path("homework/" + activation));
  double sum = 0;
  for (std::int64_t i = 0; i < map.numel(); ++i) sum += map.at(i);
  EXPECT_NEAR(sums[photo - 1], sum, 1e-6 * std::abs(sum));
  // 16 and 20: read off the model, and off the points.
  EXPECT_NE(answer(16).find("a batch norm"), std::string::npos) << answer(16);
  EXPECT_EQ(values(20).at("values_outside"), 0);
  EXPECT_EQ(values(20).at("logits").size(), 11u);
  // The course asks of photos that are not here: another stands in, and the answer says so.
  EXPECT_NE(answer(8).find("There is no photo 8 here; photo 2 stands in"), std::string::npos);
  EXPECT_EQ(answer(3).find("stands in"), std::string::npos);
}

TEST_F(HomeworkTest, AnswersTwentyQuestionsInBothLanguages) {
  expect_twenty_answers(run_well(homework()));
  expect_page_in_both_languages();
  expect_words_follow_from_numbers();
}

// Answers follow the model; what was published, and the questions, do not.
TEST_F(HomeworkTest, AnotherModelGivesOtherAnswers) {
  write_weights("v.safetensors", 2);
  run_well(homework({"--out", "a"}));
  run_well(homework({"--out", "b"}, "v.safetensors"));
  const auto a = json("a/homework.json").at("questions"),
             b = json("b/homework.json").at("questions");
  const std::set<int> of_photos_alone{1};   // SLIC looks at no network
  const std::set<int> of_architecture{16};  // and a batch norm stays one
  int same_numbers = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const int number = a[i].at("number");
    SCOPED_TRACE(str("question ", number));
    for (const char* part : {"question", "published", "topic"})
      EXPECT_EQ(a[i].at(part), b[i].at(part));
    if (of_photos_alone.count(number) > 0) {
      EXPECT_EQ(a[i].at("answer"), b[i].at("answer"));
      continue;
    }
    EXPECT_NE(a[i].at("answer"), b[i].at("answer"));
    EXPECT_NE(a[i].at("values"), b[i].at("values"));
    same_numbers += a[i].at("number_of_answer") == b[i].at("number_of_answer");
    if (of_architecture.count(number) > 0) {
      EXPECT_EQ(a[i].at("values").at("kind"), "BatchNorm2d");
    }
    const std::string figure = a[i].at("figure").at("file");
    EXPECT_NE(read("a/" + figure), read("b/" + figure));
  }
  // A share of few pixels may be the same by chance.
  EXPECT_LE(same_numbers, 3);
}

TEST_F(HomeworkTest, TheSameSeedGivesTheSameAnswers) {
  const auto answers = [&](const Words& more) {
    Words words = homework({"--count", "1"});
    words.insert(words.end(), more.begin(), more.end());
    run_well(words);
    const auto result = json("homework/homework.json").at("questions");
    std::string all = result.dump();
    for (int n = 1; n <= 20; ++n)
      all += read(str("homework/question-", n < 10 ? "0" : "", n, ".png"));
    std::filesystem::remove_all(path("homework"));
    return all;
  };
  const std::string first = answers({});
  EXPECT_EQ(answers({"--batch", "1"}), first);
  EXPECT_NE(answers({"--seed", "1"}), first);
}

TEST_F(HomeworkTest, TakesTheFirstPhotosThatCanBeRead) {
  write("photos/0_1.png", "no picture");
  write("photos/notes.txt", "no photo");
  write("photos/1_1.png", encode_png(Image::filled(40, 30, 9, 9, 9)));
  const ProgramResult result = run(homework({"--count", "2"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("0_1.png"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("1_1.png: the photo has a single colour"), std::string::npos)
      << result.err;
  const auto out = json("homework/homework.json");
  EXPECT_EQ(out.at("found"), 5);
  EXPECT_EQ(out.at("unreadable").size(), 2u);
  ASSERT_EQ(out.at("photos").size(), 2u);
  EXPECT_EQ(out.at("photos")[0].at("stem"), "0_0");
  EXPECT_EQ(out.at("photos")[0].at("label"), "Bread");
  EXPECT_EQ(out.at("photos")[1].at("stem"), "3_1");
  EXPECT_EQ(out.at("photos")[1].at("number"), 2);
}

TEST_F(HomeworkTest, SaysWhatIsWrongBeforeItBegins) {
  const auto of_folder = [](const std::string& folder) {
    return Words{"homework", "--weights", "w.safetensors", "--images", folder};
  };
  run_badly(of_folder("nowhere"), {"there is no folder nowhere"});
  std::filesystem::create_directory(path("empty"));
  run_badly(of_folder("empty"), {"there is no photo", "empty", "--images"});
  write("bad/0_1.png", "no picture");
  run_badly(of_folder("bad"), {"no photo in bad could be used", "0_1.png"});
  run_badly({"homework"}, {"--images is required"}, 2);
  run_badly(homework({"--lime-sample", "3"}), {"did you mean '--lime-samples'?"}, 2);
  run_badly(homework({}, "none.pth"), {"none.pth"});
  EXPECT_FALSE(std::filesystem::exists(path("homework")));
}

// The demo model answers where no weights are given.
TEST_F(HomeworkTest, OfTheDemoModel) {
  const std::string printed =
      run_well({"homework", "--images", "photos", "--count", "1", "--lime-samples", "4",
                "--smoothgrad-samples", "2", "--steps", "1", "--threads", "2"});
  EXPECT_TRUE(printed.starts_with("demo model on 1 of 3 photos")) << printed;
  EXPECT_EQ(json("homework/homework.json").at("model").at("weights"), "demo model");
}

// The 2020 edition has other layers: those as deep stand in for the course's, and the answers say
// so.
TEST_F(HomeworkTest, OfTheOtherEdition) {
  FoodCnnConfig config = FoodCnnConfig::prelu_2020(32);
  config.input_size = 32;
  FoodCnn model(config);
  model.initialise(1);
  write_safetensors(path("prelu.safetensors"), model.state_dict());
  run_well(homework({"--count", "1"}, "prelu.safetensors"));
  const auto questions = json("homework/homework.json").at("questions");
  ASSERT_EQ(questions.size(), 20u);
  const std::string layer = questions[15].at("values").at("layer");
  const std::string answer = questions[15].at("answer").at("en");
  EXPECT_NE(answer.find("its " + layer + " is as deep as layer 21"), std::string::npos) << answer;
  EXPECT_EQ(questions[16].at("values").at("layers").size(), 5u);
}

// What was finished is in the report.
TEST_F(HomeworkTest, AfterCtrlCTheAnswersThatWereFinishedAreThere) {
  Words words = homework();
  words[std::find(words.begin(), words.end(), "--smoothgrad-samples") - words.begin() + 1] =
      "10000000";
  const ProgramResult result = run(words, "", [this](int process) {
    using namespace std::chrono_literals;
    for (int wait = 0; wait < 6000; ++wait) {
      if (std::filesystem::exists(path("homework/question-09.png"))) break;
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(50ms);
    kill(process, SIGINT);
  });
  EXPECT_EQ(result.exit_code, 130) << result.err;
  expect_one_sentence(result.err);
  const auto out = json("homework/homework.json");
  EXPECT_EQ(out.at("complete"), false);
  EXPECT_EQ(out.at("questions").size(), 9u);
  const std::string page = read("homework/report.html");
  EXPECT_NE(page.find("id=\"question-9\""), std::string::npos);
  EXPECT_EQ(page.find("id=\"question-10\""), std::string::npos);
  EXPECT_NE(page.find("</html>"), std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
