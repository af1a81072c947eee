#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "models/demo/scene.h"
#include "tensor/error.h"
#include "tools/figure/heat_map.h"
#include "tools/methods.h"
#include "tools/report/markup.h"
#include "tools/report/outline.h"
#include "tools/report/run.h"
#include "tools/report/scores.h"

namespace backlight::tools {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t i = text.find(part); i != text.npos; i = text.find(part, i + 1)) ++found;
  return found;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// Reads a page as strictly as this report is written: every element is closed in order, every
// attribute is quoted, ids are unique and links within the page lead somewhere.
class PageReader {
 public:
  explicit PageReader(const std::string& page) : page_(page) {
    while (place_ < page_.size()) {
      const std::size_t tag = page_.find('<', place_);
      if (tag == page_.npos) break;
      place_ = tag + 1;
      if (page_.compare(place_, 8, "!DOCTYPE") == 0)
        place_ = page_.find('>', place_) + 1;
      else
        read_tag();
    }
    EXPECT_TRUE(open_.empty()) << "left open: " << (open_.empty() ? "" : open_.back());
    for (const std::string& link : links_) EXPECT_TRUE(ids_.count(link)) << link;
  }

  std::size_t elements() const { return elements_; }
  std::vector<std::string> sources() const { return sources_; }

 private:
  std::string word(const std::string& ends) {
    const std::size_t from = place_;
    place_ = std::min(page_.find_first_of(ends, place_), page_.size());
    return page_.substr(from, place_ - from);
  }

  void read_tag() {
    if (page_[place_] == '/') {
      ++place_;
      const std::string name = word(">");
      ASSERT_FALSE(open_.empty()) << "</" << name << "> closes nothing";
      ASSERT_EQ(open_.back(), name);
      open_.pop_back();
      ++place_;
      return;
    }
    const std::string name = word(" \n>/");
    ASSERT_FALSE(name.empty()) << page_.substr(place_ - 1, 40);
    ++elements_;
    while (page_[place_] == ' ' || page_[place_] == '\n') read_attribute();
    const bool closed = page_[place_] == '/';
    place_ += closed ? 1 : 0;
    ASSERT_EQ(page_[place_], '>') << name << " " << page_.substr(place_, 40);
    ++place_;
    const std::set<std::string> empty = {"meta", "img", "input"};
    if (!closed && !empty.count(name)) open_.push_back(name);
    if (name == "script" || name == "style") place_ = page_.find("</" + name + ">", place_);
  }

  void read_attribute() {
    ++place_;
    const std::string name = word("= \n>/");
    ASSERT_FALSE(name.empty());
    if (page_[place_] != '=') return;
    ASSERT_EQ(page_[++place_], '"') << name;
    ++place_;
    const std::string value = word("\"");
    EXPECT_FALSE(contains(value, "<")) << value;
    ++place_;
    const bool is_new = name != "id" || ids_.insert(value).second;
    EXPECT_TRUE(is_new) << value << " twice";
    if (name == "href" && value[0] == '#') links_.push_back(value.substr(1));
    if (name == "src") sources_.push_back(value);
  }

  const std::string page_;
  std::size_t place_ = 0, elements_ = 0;
  std::vector<std::string> open_, links_, sources_;
  std::set<std::string> ids_;
};

std::string decode_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

// The picture in a data: URL.
Image picture_of(const std::string& url) {
  const std::string head = "data:image/png;base64,";
  EXPECT_EQ(url.substr(0, head.size()), head);
  return decode_image(decode_base64(url.substr(head.size())), "a picture of the page");
}

Tensor noise_map(int size, int channels, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor map({size, size, channels});
  for (std::int64_t i = 0; i < map.numel(); ++i) map.mutable_data<float>()[i] = normal(random);
  return map;
}

MapResult made_up_map(const std::string& method, const std::string& title, unsigned seed) {
  MapResult map;
  map.text = find_method(method).text;
  map.method = method;
  map.title = title;
  map.values = noise_map(32, 3, seed);
  map.settings = {{"steps", 50}, {"quadrature", "gauss-legendre"}};
  map.checks = {{"delta", 0.1 + 0.2}, {"ok", true}};
  map.check_text = "the sum is off by " + std::to_string(seed);
  map.seconds = 1.0 / 3;
  map.npy_file = "scene-" + method + ".npy";
  map.png_file = "scene-" + method + ".png";
  map.score = MaskScore{seed % 2 == 0, 0.25};
  return map;
}

Run made_up_run() {
  Run run;
  run.command = {"./start", "demo"};
  run.version = "0.1.0";
  run.model = "food-cnn";
  run.weights = "weights.pth";
  run.device = "cpu";
  run.precision = "float32";
  run.variant = "paper";
  run.parameters = 14162827;
  run.seed = std::numeric_limits<std::uint64_t>::max();
  run.class_names = {"Bread", "Soup", "Rice"};
  run.load_seconds = 0.5;
  run.total_seconds = 200;
  for (int i = 0; i < 2; ++i) {
    const Scene scene = render_scene(i, 40, 32);
    ExplainedPhoto photo;
    photo.path = "scenes/scene-" + std::to_string(i) + ".png";
    photo.stem = "scene-" + std::to_string(i);
    photo.photo = scene.image;
    photo.mask = scene.mask;
    photo.label = 0;
    photo.predicted = photo.target = i;
    photo.probabilities = {0.7 - 0.6 * i, 0.1 + 0.6 * i, 0.2};
    photo.logits = {1.0 / 3, -2, 1e-300};
    photo.centre_hit = i == 0;
    photo.colourful_hit = false;
    photo.maps = {
        made_up_map("saliency", "Saliency", 2),
        made_up_map("integrated-gradients", "Integrated Gradients", static_cast<unsigned>(i))};
    run.photos.push_back(photo);
  }
  return run;
}

TEST(Scores, AddUpOverTheScenes) {
  tools::Run run = made_up_run();
  run.photos[0].mask.assign(32 * 32, 1);
  run.photos[1].mask.assign(32 * 32, 0);
  run.photos[1].maps[0].score->mass_inside = 0.75;
  run.photos.emplace_back();  // a photo without a mask does not count
  const Scores scores = summarise(run);
  ASSERT_EQ(scores.methods.size(), 2u);
  EXPECT_EQ(scores.methods[0].title, "Saliency");
  EXPECT_EQ(scores.methods[0].hits, 2u);
  EXPECT_EQ(scores.methods[0].mass_inside, 0.5);
  EXPECT_EQ(scores.methods[1].scenes, 2u);
  EXPECT_EQ(scores.methods[1].hits, 1u);
  EXPECT_EQ(scores.centre.hits, 1u);
  EXPECT_EQ(scores.colourful.scenes, 2u);
  EXPECT_EQ(scores.food_share, 0.5);
}

TEST(Json, HoldsTheRunAndComesBackTheSame) {
  const tools::Run run = made_up_run();
  const nlohmann::json out = to_json(run);
  EXPECT_EQ(nlohmann::json::parse(out.dump(1)), out);
  EXPECT_EQ(out["command"], nlohmann::json({"./start", "demo"}));
  EXPECT_EQ(out["seed"].get<std::uint64_t>(), run.seed);
  EXPECT_EQ(out["model"]["classes"][2], "Rice");
  ASSERT_EQ(out["photos"].size(), 2u);
  const nlohmann::json photo = nlohmann::json::parse(out.dump())["photos"][1];
  EXPECT_EQ(photo["logits"].get<std::vector<double>>(), run.photos[1].logits);
  EXPECT_EQ(photo["probabilities"].get<std::vector<double>>(), run.photos[1].probabilities);
  EXPECT_EQ(photo["label"], 0);
  EXPECT_EQ(photo["predicted"], 1);
  EXPECT_EQ(photo["baselines"]["centre_hit"], false);
  const nlohmann::json& map = photo["maps"][1];
  EXPECT_EQ(map["method"], "integrated-gradients");
  EXPECT_EQ(map["settings"]["quadrature"], "gauss-legendre");
  EXPECT_EQ(map["checks"]["delta"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(map["seconds"].get<double>(), 1.0 / 3);
  EXPECT_EQ(map["files"]["npy"], "scene-integrated-gradients.npy");
  EXPECT_EQ(map["shape"], nlohmann::json({32, 32, 3}));
  EXPECT_EQ(map["score"]["mass_inside"], 0.25);
  EXPECT_EQ(out["scores"]["methods"][0]["hits"], 2);
}

TEST(Json, WritesNullForWhatIsNotThere) {
  tools::Run run = made_up_run();
  run.load_seconds = nan;
  ExplainedPhoto& photo = run.photos[0];
  photo.label.reset();
  photo.mask.clear();
  photo.logits[1] = -std::numeric_limits<double>::infinity();
  photo.maps[0].checks = {{"deep", {1.5, nan}}};
  photo.maps[0].score.reset();
  photo.maps[0].png_file.clear();
  const nlohmann::json out = to_json(run);
  EXPECT_EQ(nlohmann::json::parse(out.dump()), out);
  EXPECT_TRUE(out["load_seconds"].is_null());
  const nlohmann::json& first = out["photos"][0];
  EXPECT_TRUE(first["label"].is_null());
  EXPECT_TRUE(first["baselines"].is_null());
  EXPECT_TRUE(first["logits"][1].is_null());
  EXPECT_EQ(first["maps"][0]["checks"]["deep"], nlohmann::json({1.5, nullptr}));
  EXPECT_TRUE(first["maps"][0]["score"].is_null());
  EXPECT_TRUE(first["maps"][0]["files"]["png"].is_null());
  const nlohmann::json nothing = to_json(tools::Run{});
  EXPECT_TRUE(nothing["photos"].is_array() && nothing["photos"].empty());
  EXPECT_TRUE(nothing["scores"].is_null());
}

TEST(Json, TakesNamesOfAnyBytes) {
  tools::Run run = made_up_run();
  run.photos[0].path = "\xFF\"\n.jpg";
  run.photos[0].maps[0].settings = {{"bad \xFF", "\xFE"}};
  const nlohmann::json back = nlohmann::json::parse(to_json(run).dump());
  EXPECT_EQ(back["photos"][0]["path"], "\uFFFD\"\n.jpg");
  EXPECT_EQ(back["photos"][0]["maps"][0]["settings"]["bad \uFFFD"], "\uFFFD");
}

TEST(Html, IsWellFormedAndHoldsEverything) {
  const tools::Run run = made_up_run();
  const std::string page = to_html(run);
  const PageReader reader(page);
  EXPECT_GT(reader.elements(), 100u);
  EXPECT_EQ(count(page, "<section class=\"photo\""), 2u);
  EXPECT_EQ(count(page, "<article class=\"map\""), 4u);
  EXPECT_EQ(count(page, "<h3>Integrated Gradients</h3>"), 2u);
  for (const char* part :
       {"scene-0.png", "scene-1.png", "Sundararajan", "Simonyan", "gauss-legendre",
        "the sum is off by 1", "./scene-saliency.npy", "./scene-saliency.png", "14,162,827",
        "wrong: it is Bread", "./start demo", "3\u00A0min 20\u00A0s", "18446744073709551615",
        "2 of 2", "1 of 2", "0 of 2", "25.0\u202F%"})
    EXPECT_TRUE(contains(page, part)) << part;
}

TEST(Html, ShowsThePhotosAndMapsThemselves) {
  const tools::Run run = made_up_run();
  std::vector<Image> pictures;
  for (const std::string& source : PageReader(to_html(run)).sources())
    pictures.push_back(picture_of(source));
  for (const ExplainedPhoto& photo : run.photos) {
    EXPECT_EQ(std::count(pictures.begin(), pictures.end(), photo.photo), 1);
    for (const MapResult& map : photo.maps) {
      const Image picture = heat_picture(heat_map(map.values), 32, 32);
      EXPECT_GE(std::count(pictures.begin(), pictures.end(), picture), 1);
    }
  }
}

TEST(Html, LoadsNothing) {
  const std::string page = to_html(made_up_run());
  EXPECT_TRUE(contains(page, "default-src 'none'"));
  for (const std::string& source : PageReader(page).sources())
    EXPECT_EQ(source.substr(0, 5), "data:");
  for (const char* part : {"<link", "@import", "url(", "<iframe", "fetch("})
    EXPECT_FALSE(contains(page, part)) << part;
}

// A run in which every text that comes from outside is this one.
tools::Run run_of(const std::string& text) {
  tools::Run run = made_up_run();
  run.command = {text};
  run.version = run.weights = run.model = run.device = run.precision = text;
  run.class_names = {text};  // and too few: the rest are called by their numbers
  for (ExplainedPhoto& photo : run.photos) {
    photo.path = photo.stem = text;
    photo.target = -5;
    for (MapResult& map : photo.maps) {
      map.title = map.check_text = map.npy_file = map.png_file = text;
      map.settings = {{text, text}, {"list", {text}}};
      map.checks = text;
    }
  }
  return run;
}

TEST(Html, HostileTextStaysText) {
  const std::string page =
      to_html(run_of("</script><script>alert(1)</script>\"' onerror=\"x <!-- \xFF\x1B{}"));
  EXPECT_EQ(PageReader(page).elements(), PageReader(to_html(run_of("x"))).elements());
  EXPECT_EQ(count(page, "<script"), 1u);
  EXPECT_FALSE(contains(page, "<!--"));
  EXPECT_FALSE(contains(page, "onerror=\"x"));
  EXPECT_TRUE(contains(page, "class -5"));
  EXPECT_EQ(clean_utf8(page), page);
}

TEST(Html, ShowsADrawingInPlaceOfTheHeatMap) {
  tools::Run run = made_up_run();
  MapResult& map = run.photos[0].maps[0];
  map.drawing = tools::Drawing{Image::filled(7, 5, 1, 2, 3), "Green speaks for the class."};
  const std::string page = to_html(run);
  EXPECT_TRUE(contains(page, "Green speaks for the class."));
  EXPECT_TRUE(contains(page, R"(width="7" height="5")"));
}

TEST(Html, SaysWhatTheCheckSays) {
  tools::Run run = made_up_run();
  run.photos.resize(1);
  run.photos[0].maps.resize(1);
  const auto page_with = [&](const nlohmann::json& checks) {
    run.photos[0].maps[0].checks = checks;
    return to_html(run);
  };
  EXPECT_EQ(count(page_with({{"ok", true}}), "<p class=\"check good\""), 1u);
  EXPECT_EQ(count(page_with({{"ok", false}}), "<p class=\"check attention\""), 1u);
  EXPECT_EQ(count(page_with({{"delta", 1}}), "<p class=\"check note\""), 1u);
  EXPECT_EQ(count(page_with(nullptr), "<p class=\"check note\""), 1u);
}

TEST(Html, CopesWithWhatCannotBeShown) {
  tools::Run run = made_up_run();
  run.total_seconds = nan;
  ExplainedPhoto& photo = run.photos[0];
  photo.probabilities = {nan, 0.5, nan};
  photo.maps[0].values = Tensor::full({32, 32}, nan);
  photo.maps[0].score->mass_inside = nan;
  photo.maps[1].values = Tensor::zeros({32, 32, 3});
  run.photos[1].maps.clear();
  run.photos[1].photo = {};
  run.photos[1].probabilities.clear();
  const std::string page = to_html(run);
  const PageReader reader(page);
  EXPECT_EQ(count(page, "No picture: the map holds values that are not finite"), 1u);
  EXPECT_EQ(count(page, "Every pixel is 0."), 1u);
  EXPECT_EQ(count(page, "No map was made of this photo."), 1u);
  EXPECT_FALSE(contains(page, "nan%"));
  const std::string empty = to_html(tools::Run{});
  const PageReader empty_reader(empty);
  EXPECT_TRUE(contains(empty, "No photo was explained."));
}

TEST(Html, HasNoScoresWithoutScenes) {
  tools::Run run = made_up_run();
  for (ExplainedPhoto& photo : run.photos) {
    photo.mask.clear();
    photo.centre_hit.reset();
    photo.colourful_hit.reset();
    for (MapResult& map : photo.maps) map.score.reset();
  }
  const std::string page = to_html(run);
  const PageReader reader(page);
  for (const char* part : {"ointing game", "Do the maps find", "id=\"show-food\"", "href=\"#food"})
    EXPECT_FALSE(contains(page, part)) << part;
}

TEST(Html, StaysSmall) {
  tools::Run run = made_up_run();
  run.photos.resize(1);
  ExplainedPhoto& photo = run.photos[0];
  photo.photo = render_scene(0, 1).image;
  photo.mask = render_scene(0, 1).mask;
  photo.maps.resize(4, photo.maps[0]);
  for (MapResult& map : photo.maps) map.values = noise_map(128, 3, 9);
  // So eleven photos with four maps of pure noise stay under eight million bytes.
  EXPECT_LT(to_html(run).size(), 8'000'000u / 11);
}

}  // namespace
}  // namespace backlight::tools
