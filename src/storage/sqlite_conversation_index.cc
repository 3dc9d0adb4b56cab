#include "storage/sqlite_conversation_index.h"

#include "storage/conversation_indexer.h"

namespace greenroom {
namespace {

// 1 assistant, 2 environment, 3 to 8 names of the facets, 9 labels, 10 text, 11 review, 12 except, 13 from, 14 until,
// 15 confidence, 16 and 17 user messages, 18 flagged only, 19 in stories (null = either), 20 stories, 21 order,
// 22 limit, 23 offset. Lists are JSON; null = not asked for. What is found is kept as narrow as it goes: it may be all.
constexpr const char* kFind = R"sql(
WITH found AS MATERIALIZED (
  SELECT i.conversation_id AS id,
    CASE ?21 WHEN 0 THEN -i.last_at WHEN 1 THEN i.last_at ELSE coalesce(i.confidence, 2) END AS place,
    CASE WHEN r.status IS NULL OR (r.status = 'reviewed' AND r.review_seq < c.next_seq - 1) THEN 'unread'
         ELSE r.status END AS review
  FROM conversation_index i JOIN conversation c ON c.id = i.conversation_id
    LEFT JOIN conversation_review r ON r.conversation_id = i.conversation_id
  WHERE i.assistant = ?1 AND (?2 = '' OR i.environment = ?2)
    AND (?3 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 0 AND name IN (SELECT value FROM json_each(?3))))
    AND (?4 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 1 AND name IN (SELECT value FROM json_each(?4))))
    AND (?5 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 2 AND name IN (SELECT value FROM json_each(?5))))
    AND (?6 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 3 AND name IN (SELECT value FROM json_each(?6))))
    AND (?7 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 4 AND name IN (SELECT value FROM json_each(?7))))
    AND (?8 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_facet
         WHERE assistant = ?1 AND kind = 5 AND name IN (SELECT value FROM json_each(?8))))
    AND (?9 IS NULL OR i.conversation_id IN (SELECT conversation_id FROM conversation_label
         WHERE assistant = ?1 AND label IN (SELECT value FROM json_each(?9))))
    AND (?11 = '' OR review = ?11) AND (?12 = '' OR c.conversation <> ?12)
    AND (?13 IS NULL OR i.user_at >= ?13) AND (?14 IS NULL OR i.user_at <= ?14)
    AND (?15 IS NULL OR i.confidence <= ?15)
    AND (?16 IS NULL OR i.users >= ?16) AND (?17 IS NULL OR i.users <= ?17)
    AND (?18 = 0 OR EXISTS (SELECT 1 FROM message_flag f WHERE f.conversation_id = i.conversation_id))
    AND (?19 IS NULL OR (i.story IN (SELECT value FROM json_each(?20))) = ?19)
    AND (?10 = '' OR EXISTS (SELECT 1 FROM event e WHERE e.conversation_id = i.conversation_id AND e.type = 'user'
         AND json_extract(e.payload, '$.text') LIKE ?10 ESCAPE '\'))
)
SELECT t.total, i.conversation_id, i.environment, c.conversation, c.next_seq - 1, i.users, i.bots, i.last_at, i.channel,
  m.digest, i.confidence, i.story, p.review
FROM (SELECT count(*) AS total FROM found) t
  LEFT JOIN (SELECT * FROM found ORDER BY place, id DESC LIMIT ?22 OFFSET ?23) p ON true
  LEFT JOIN conversation_index i ON i.conversation_id = p.id LEFT JOIN conversation c ON c.id = p.id
  LEFT JOIN model_digest m ON m.id = c.last_model
ORDER BY p.place, p.id DESC)sql";

std::string LikePattern(const std::string& text) {
  if (text.empty()) return "";
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

template <typename T>
std::string AsJson(const std::vector<T>& values) {
  Json list = Json::List();
  for (const T& value : values) list.Append(value);
  return list.Dump();
}

// The texts of a filter: they must live as long as the statement that they are bound to.
struct FilterTexts {
  explicit FilterTexts(const ConversationFilter& filter)
      : labels(AsJson(filter.labels)), text(LikePattern(filter.text)), stories(AsJson(filter.stories)) {
    for (const auto& [facet, wanted] : filter.any_of) names[facet] = AsJson(wanted);
  }
  std::map<Facet, std::string> names;
  std::string labels, text, stories;
};

void BindReal(Statement& find, const std::optional<double>& value) { value ? find.Real(*value) : find.Null(); }
void BindInt(Statement& find, const std::optional<int64_t>& value) { value ? find.Int(*value) : find.Null(); }

void Bind(Statement& find, const ConversationFilter& filter, const FilterTexts& texts) {
  find.Text(filter.assistant).Text(filter.environment);
  for (Facet facet : kFacets) {
    auto wanted = texts.names.find(facet);
    wanted == texts.names.end() ? find.Null() : find.Text(wanted->second);
  }
  filter.labels.empty() ? find.Null() : find.Text(texts.labels);
  find.Text(texts.text).Text(filter.review).Text(filter.except);
  BindReal(find, filter.from);
  BindReal(find, filter.until);
  BindReal(find, filter.maximum_confidence);
  BindInt(find, filter.minimum_users);
  BindInt(find, filter.maximum_users);
  find.Int(filter.flagged_only ? 1 : 0);
  filter.in_stories ? find.Int(*filter.in_stories ? 1 : 0) : find.Null();
  find.Text(texts.stories).Int(static_cast<int64_t>(filter.order)).Int(filter.limit).Int(filter.offset);
}

ConversationCard ReadCard(const std::string& assistant, const Statement& row) {
  ConversationCard card{.key = {assistant, row.TextAt(2), row.TextAt(3)},
                        .events = row.IntAt(4),
                        .users = row.IntAt(5),
                        .bots = row.IntAt(6),
                        .last_event_time = row.RealAt(7),
                        .last_channel = row.TextAt(8),
                        .last_model = row.TextAt(9),
                        .story = row.IntAt(11),
                        .review = row.TextAt(12)};
  if (!row.IsNull(10)) card.minimum_confidence = row.RealAt(10);
  return card;
}

Result<void> ReadNames(Database& db, int64_t conversation, ConversationCard& card) {
  Statement names = db.Use("SELECT kind, name FROM conversation_facet WHERE conversation_id = ? ORDER BY kind, name");
  names.Int(conversation);
  while (true) {
    GR_ASSIGN(bool more, names.Row());
    if (!more) return {};
    card.names[static_cast<Facet>(names.IntAt(0))].push_back(names.TextAt(1));
  }
}

Result<void> ReadTimes(Database& db, int64_t conversation, ConversationCard& card) {
  Statement times = db.Use(
      "SELECT e.at, f.at IS NOT NULL FROM event e LEFT JOIN message_flag f ON f.conversation_id = e.conversation_id"
      " AND f.at = e.at WHERE e.conversation_id = ? AND e.type = 'user' ORDER BY e.seq");
  times.Int(conversation);
  while (true) {
    GR_ASSIGN(bool more, times.Row());
    if (!more) return {};
    (times.IntAt(1) != 0 ? card.flagged : card.unflagged).push_back(times.RealAt(0));
  }
}

Result<std::vector<std::string>> ReadTexts(Statement& rows) {
  std::vector<std::string> texts;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return texts;
    texts.push_back(rows.TextAt(0));
  }
}

Result<std::vector<NameCount>> ReadCounts(Statement& rows) {
  std::vector<NameCount> counts;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return counts;
    counts.emplace_back(rows.TextAt(0), rows.IntAt(1));
  }
}

Result<std::vector<std::string>> ReadLabels(Database& db, int64_t conversation) {
  Statement rows = db.Use("SELECT label FROM conversation_label WHERE conversation_id = ? ORDER BY label");
  rows.Int(conversation);
  return ReadTexts(rows);
}

}  // namespace

Result<void> SqliteConversationIndex::CatchUp() { return ConversationIndexer(committer_, readers_).CatchUp(); }

Result<ConversationPage> SqliteConversationIndex::Find(const ConversationFilter& filter) const {
  ReaderPool::Lease lease = readers_.Take();
  FilterTexts texts(filter);
  Statement rows = lease->Use(kFind);
  Bind(rows, filter, texts);
  ConversationPage page;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return page;
    page.total = rows.IntAt(0);
    if (rows.IsNull(1)) continue;  // no conversation on this page
    ConversationCard card = ReadCard(filter.assistant, rows);
    GR_TRY(ReadNames(*lease, rows.IntAt(1), card));
    GR_TRY(ReadTimes(*lease, rows.IntAt(1), card));
    GR_ASSIGN(card.labels, ReadLabels(*lease, rows.IntAt(1)));
    page.cards.push_back(std::move(card));
  }
}

Result<std::vector<std::string>> SqliteConversationIndex::Names(const std::string& assistant, Facet facet) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows =
      lease->Use("SELECT DISTINCT name FROM conversation_facet WHERE assistant = ? AND kind = ? ORDER BY name");
  rows.Text(assistant).Int(static_cast<int64_t>(facet));
  return ReadTexts(rows);
}

Result<ConversationTotals> SqliteConversationIndex::Totals(const std::string& assistant,
                                                           const std::string& environment) const {
  ReaderPool::Lease lease = readers_.Take();
  ConversationTotals totals;
  Statement sums = lease->Use(
      "SELECT count(*), coalesce(sum(users), 0), coalesce(sum(bots), 0) FROM conversation_index"
      " WHERE assistant = ?1 AND (?2 = '' OR environment = ?2)");
  sums.Text(assistant).Text(environment);
  GR_ASSIGN(bool found, sums.Row());
  if (found) totals = {.conversations = sums.IntAt(0), .users = sums.IntAt(1), .bots = sums.IntAt(2)};
  for (Facet facet : kFacets) {
    Statement top = lease->Use(
        "SELECT f.name, sum(f.count) FROM conversation_facet f JOIN conversation_index i"
        " ON i.conversation_id = f.conversation_id WHERE f.assistant = ?1 AND f.kind = ?3"
        " AND (?2 = '' OR i.environment = ?2) GROUP BY f.name ORDER BY 2 DESC, 1 LIMIT 10");
    top.Text(assistant).Text(environment).Int(static_cast<int64_t>(facet));
    GR_ASSIGN(totals.top[facet], ReadCounts(top));
  }
  return totals;
}

Result<std::vector<double>> SqliteConversationIndex::Flags(const ConversationKey& key) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT f.at FROM message_flag f JOIN conversation c ON c.id = f.conversation_id"
      " WHERE c.assistant = ? AND c.environment = ? AND c.conversation = ? ORDER BY f.at");
  rows.Text(key.assistant).Text(key.environment).Text(key.conversation);
  std::vector<double> flags;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return flags;
    flags.push_back(rows.RealAt(0));
  }
}

Result<std::vector<NameCount>> SqliteConversationIndex::Labels(const std::string& assistant) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows =
      lease->Use("SELECT label, count(*) FROM conversation_label WHERE assistant = ? GROUP BY label ORDER BY label");
  rows.Text(assistant);
  return ReadCounts(rows);
}

Result<std::vector<std::string>> SqliteConversationIndex::LabelsOf(const ConversationKey& key) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT l.label FROM conversation_label l JOIN conversation c ON c.id = l.conversation_id"
      " WHERE c.assistant = ? AND c.environment = ? AND c.conversation = ? ORDER BY l.label");
  rows.Text(key.assistant).Text(key.environment).Text(key.conversation);
  return ReadTexts(rows);
}

}  // namespace greenroom
