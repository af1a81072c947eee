#include "tools/report/page.h"
#include "tools/figure/heat_map.h"
#include "tools/homework/run.h"
#include "tools/report/markup.h"

namespace backlight::tools {
namespace {

// The text in both languages, one after the other, each marked with its own; what is the same in
// both, once.
Markup spans(const Text& text) {
  if (text.en == text.zh) return html("{}", text.en);
  return html(R"(<span lang="en">{}</span> <span lang="zh-Hant">{}</span>)", text.en, text.zh);
}

Markup paragraphs(const Text& text) {
  return html("<p lang=\"en\">{}</p>\n<p lang=\"zh-Hant\">{}</p>\n", text.en, text.zh);
}

Markup fact(const Text& name, const std::string& value) {
  if (value.empty()) return {};
  return html("<div><dt>{}</dt><dd>{}</dd></div>\n", spans(name), value);
}

Markup header(const HomeworkRun& run) {
  Markup facts;
  facts += fact({"Model", "模型"}, run.model);
  facts += fact({"Weights", "權重"}, run.weights);
  facts += fact({"Photos", "照片"}, str(run.photos.size(), " / ", run.photos_found));
  facts += fact({"Questions answered", "已回答的問題"},
                str(run.answered.size(), " / ", course_questions().size()));
  facts += fact({"LIME's samples", "LIME 取樣數"}, str(run.lime_samples));
  facts += fact({"SmoothGrad's samples", "SmoothGrad 取樣數"}, str(run.smoothgrad_samples));
  facts += fact({"Seed", "亂數種子"}, str(run.seed));
  facts += fact({"Device", "裝置"},
                run.device_description.empty() ? run.device : run.device_description);
  return html(
      R"(<header class="top">
<p class="brand">Backlight {}</p>
<h1>{}</h1>
<dl class="facts">
{}</dl>
</header>
)",
      run.version,
      spans({"Twenty questions about what a network sees in photos",
             "關於網路在照片中看到什麼的二十個問題"}),
      facts);
}

// Three buttons that need no script: the style hides a language where the other is chosen.
constexpr const char* kLanguages =
    R"(<fieldset class="controls" aria-label="Language">
<label><input type="radio" name="language" checked> English + 中文</label>
<label><input type="radio" name="language" id="only-en"> English</label>
<label><input type="radio" name="language" id="only-zh"> 中文</label>
</fieldset>
)";

Markup note(const HomeworkRun& run) {
  Markup unreadable;
  for (const std::string& sentence : run.unreadable)
    unreadable += html("<p>{}{}</p>\n", spans({"Left out:", "略過："}), " " + sentence);
  return html(
      R"(<section class="note">
{}{}</section>
)",
      paragraphs(
          {str("Every answer is computed from this model and these photos, by the course "
               "notebook's "
               "variants of the methods, with ",
               run.lime_samples, " samples of LIME (the notebook draws 1000) and ",
               run.smoothgrad_samples,
               " of SmoothGrad (500). Its words follow from what was measured, so it says where in "
               "a "
               "picture something lies and in what colour, not what it is: the figure shows that. "
               "A "
               "box like the one under each answer holds what the course published for its own "
               "original weights and photos; nothing in it was computed here."),
           str("每個答案都是以這個模型和這些照片，依課程筆記本的方法計算而得：LIME 取樣 ",
               run.lime_samples, " 次（筆記本為 1000 次），SmoothGrad 取樣 ",
               run.smoothgrad_samples,
               " 次（筆記本為 500 "
               "次）。文字依測量結果產生，因此只說明位置與顏色，不說明那是什麼東西；請看圖。"
               "每個答案下方的框是課程針對原始權重與照片公布的內容，並非在此計算。")}),
      unreadable);
}

Markup photo_rows(const HomeworkRun& run) {
  const auto name = [&](std::int64_t c) {
    return spans(class_text(run.class_names[static_cast<std::size_t>(c)]));
  };
  Markup rows;
  for (const HomeworkPhoto& photo : run.photos) {
    const std::optional<double> published = published_logit(photo.number);
    rows += html(
        R"(<tr><th scope="row">{}</th><td><img src="{}" width="{}" height="{}" alt=""></td><td>{}</td><td>{}</td><td>{} <span class="nowrap">{}</span></td><td class="count">{}</td><td class="count from-course">{}</td></tr>
)",
        photo.number, data_url(photo.picture), photo.picture.width, photo.picture.height,
        photo.stem, photo.label ? name(*photo.label) : Markup{"\u2013"}, name(photo.predicted),
        percent(photo.probability), decimal_label(photo.target_logit),
        published ? decimal_label(*published) : std::string("\u2013"));
  }
  return rows;
}

Markup photo_table(const HomeworkRun& run) {
  return html(
      R"(<section class="scores given"><h2>{}</h2>
<div class="wide"><table><thead><tr><th scope="col">{}</th><th scope="col"></th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col" class="count">{}</th><th scope="col" class="count from-course">{}</th></tr></thead>
<tbody>
{}</tbody></table></div></section>
)",
      spans({"The photos", "照片"}), spans({"No.", "編號"}), spans({"File", "檔案"}),
      spans({"Label", "標籤"}), spans({"Taken for", "判定為"}),
      spans({"Logit of the class that is explained", "被解釋類別的 logit"}),
      spans({"Published, for the original weights and photos", "課程公布（原始權重與照片）"}),
      photo_rows(run));
}

Markup question_links(const HomeworkRun& run) {
  Markup links;
  for (const AnsweredQuestion& answered : run.answered)
    links += html(R"(<li><a href="#question-{}">{}</a></li>)", answered.question->number,
                  answered.question->number);
  return html("<nav class=\"numbers\" aria-label=\"Questions\"><ul>{}</ul></nav>\n", links);
}

Markup comparison_table(const Answer& answer) {
  if (!answer.comparison) return {};
  Markup rows;
  for (const ComparedNumber& row : answer.comparison->rows)
    rows += html(
        R"(<tr><th scope="row">{}</th><td class="count">{}</td><td class="count from-course">{}</td></tr>
)",
        spans(row.label), decimal_label(row.computed),
        row.published ? decimal_label(*row.published) : std::string("\u2013"));
  return html(
      R"(<details><summary>{}</summary><div class="wide"><table><thead><tr><th scope="col"></th><th scope="col" class="count">{}</th><th scope="col" class="count from-course">{}</th></tr></thead>
<tbody>
{}</tbody></table></div></details>
)",
      spans(answer.comparison->title), spans({"Computed here", "在此計算"}),
      spans({"Published, for the original weights and photos", "課程公布（原始權重與照片）"}),
      rows);
}

Markup array_links(const Answer& answer) {
  Markup links;
  for (const std::string& file : answer.arrays)
    links += html(R"(<li><a href="{}">{}</a></li>)", link_to(file), file);
  if (links.text.empty()) return {};
  return html("<details><summary>{}</summary><ul>{}</ul></details>\n",
              spans({"The arrays behind it", "對應的陣列檔"}), links);
}

Markup question_section(const AnsweredQuestion& answered) {
  const CourseQuestion& question = *answered.question;
  const Answer& answer = answered.answer;
  return html(
      R"(<section class="photo question" id="question-{}">
<p class="topic">{}</p>
<h2><b>{}</b>{}</h2>
<div class="computed"><h3>{}</h3>
{}<p class="number"><b>{}</b> {}</p></div>
<figure><a href="{}"><img src="{}" width="{}" height="{}" alt="{}"></a><figcaption>{}</figcaption></figure>
<aside class="published"><h3>{}</h3>
{}</aside>
{}{}</section>
)",
      question.number, spans(question.topic), question.number, spans(question.question),
      spans({"Answer, computed from this model and these photos", "答案（由這個模型與照片計算）"}),
      paragraphs(answer.text), answer.shown, spans(answer.number_means),
      link_to(answer.figure_file), data_url(std::string_view(answer.figure_png)),
      answer.figure.width, answer.figure.height, answer.caption.en, spans(answer.caption),
      spans({"Published by the course, for its original weights and photos",
             "課程公布的答案（原始權重與照片）"}),
      paragraphs(question.published), comparison_table(answer), array_links(answer));
}

}  // namespace

std::string to_html(const HomeworkRun& run) {
  Markup page{"<!DOCTYPE html>\n<html lang=\"en\">\n"};
  page += page_head(str("Backlight: homework, ", run.answered.size(), " questions answered"));
  page += Markup{"<body class=\"homework\">\n"};
  page += header(run);
  page += Markup{"<main>\n"};
  page += Markup{kLanguages};
  page += note(run);
  page += photo_table(run);
  page += question_links(run);
  for (const AnsweredQuestion& answered : run.answered) page += question_section(answered);
  page += html(
      R"(</main>
<footer><h2>{}</h2><pre tabindex="0"><code>{}</code></pre>
<p>{} <a href="./homework.json">homework.json</a></p></footer>
</body>
</html>
)",
      spans({"Do it again", "再做一次"}), shell_line(run.command),
      spans({"All numbers:", "所有數字："}));
  return std::move(page.text);
}

}  // namespace backlight::tools
