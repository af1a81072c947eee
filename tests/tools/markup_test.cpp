#include <gtest/gtest.h>

#include <limits>

#include "models/demo/scene.h"
#include "tensor/error.h"
#include "tools/report/markup.h"
#include "tools/report/outline.h"

namespace backlight::tools {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Markup, EscapesWhatHasAMeaningInHtml) {
  EXPECT_EQ(escape("a<b>&\"c\"'d'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;");
  EXPECT_EQ(html("<i title=\"{}\">{} {}</i>", "\"><script>", 3, Markup{"<br/>"}).text,
            "<i title=\"&quot;&gt;&lt;script&gt;\">3 <br/></i>");
  EXPECT_EQ(html("{}", "{}").text, "{}");
}

TEST(Markup, MakesAnyBytesValidUtf8) {
  EXPECT_EQ(clean_utf8("naïve 蘋果 🍎\t\n"), "naïve 蘋果 🍎\t\n");
  const std::string bad = "\uFFFD";
  EXPECT_EQ(clean_utf8("\xFF"
                       "a"),
            bad + "a");
  EXPECT_EQ(clean_utf8("\xC0\xAF"), bad + bad);                      // an overlong /
  EXPECT_EQ(clean_utf8("\xE0\x80\xAF"), bad + bad + bad);            // an overlong / again
  EXPECT_EQ(clean_utf8("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(clean_utf8("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  EXPECT_EQ(clean_utf8("\xE8\x98"), bad + bad);                      // cut off
  EXPECT_EQ(clean_utf8(std::string_view("\0\x1B[31m\x7F\xC2\x9B", 9)),
            bad + bad + "[31m" + bad + bad);
}

TEST(Markup, LinksStayRelative) {
  EXPECT_EQ(link_to("javascript:alert(1)"), "./javascript%3Aalert%281%29");
  EXPECT_EQ(link_to("maps/a b#?%.npy"), "./maps/a%20b%23%3F%25.npy");
  EXPECT_EQ(link_to("\xE8\x98\"'"), "./%E8%98%22%27");
}

TEST(Markup, Base64HasTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xFF\xFE"), "+//+");
}

TEST(Markup, QuotesWordsForTheShell) {
  EXPECT_EQ(shell_line({"./start", "explain", "my photo.jpg", "", "it's", "--seed=7", "$(rm)"}),
            "./start explain 'my photo.jpg' '' 'it'\\''s' --seed=7 '$(rm)'");
}

TEST(Markup, WritesNumbersForPeople) {
  EXPECT_EQ(percent(0), "0\u202F%");
  EXPECT_EQ(percent(1), "100\u202F%");
  EXPECT_EQ(percent(0.9734), "97.3\u202F%");
  EXPECT_EQ(percent(1e-9), "<\u00A00.1\u202F%");
  EXPECT_EQ(percent(0.99999), ">\u00A099.9\u202F%");
  EXPECT_EQ(percent(nan), "\u2013");
  EXPECT_EQ(bar_style(nan), "--share:0");
  EXPECT_EQ(bar_style(7), "--share:1");
  EXPECT_EQ(seconds_label(0.125), "0.12\u00A0s");
  EXPECT_EQ(seconds_label(200.4), "3\u00A0min 20\u00A0s");
  EXPECT_EQ(bytes_label(1023), "1023\u00A0bytes");
  EXPECT_EQ(bytes_label(3ULL << 29), "1.5\u00A0GiB");
  EXPECT_EQ(count_label(14162827), "14,162,827");
  EXPECT_EQ(count_label(-123), "-123");
  EXPECT_EQ(plural(1, "photo") + ", " + plural(2, "photo"), "1 photo, 2 photos");
}

TEST(Outline, RunsAlongEveryBorder) {
  // An L: two pixels in the first row, one below the left one.
  EXPECT_EQ(outline_path({1, 1, 1, 0}, 2, 2), "M0 0h2M1 1h1M0 2h1M0 0v2M1 1v1M2 0v1");
  EXPECT_EQ(outline_path({0, 0, 0, 0}, 2, 2), "");
  EXPECT_THROW(outline_path({1, 1, 1}, 2, 2), Error);
}

TEST(Outline, FindsTheFirstLargestMagnitude) {
  const auto place = [](const std::vector<float>& values) {
    return largest_place(Tensor::from(values, {2, 1, 2}));
  };
  EXPECT_EQ(place({1, 1, -3, 2}), (Place{0, 1}));
  EXPECT_EQ(place({-4, 4, 4, 4}), std::nullopt);
  EXPECT_EQ(largest_place(Tensor::from<float>({0, -5, 5, 1}, {2, 2})), (Place{1, 0}));
}

}  // namespace
}  // namespace backlight::tools
