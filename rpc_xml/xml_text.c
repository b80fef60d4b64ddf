/* xml_text.c - cuts XML into its tokens, refuses dangerous ones, and prints XML indented for --wire. */
#include "../common/demo.h"

#include "xml_text.h"

/* The end of the markup at `s` that `close` ends; NULL when it does not end. */
static const char *end_of_markup(const char *s, const char *end, const char *close)
{
    for (size_t len = strlen(close); (size_t)(end - s) >= len; s++)
        if ((s = memchr(s, close[0], (size_t)(end - s) - len + 1)) == NULL) break;
        else if (memcmp(s, close, len) == 0) return s + len;
    return NULL;
}

/* The end of the tag at `s`: a > outside of the quotes of an attribute. */
static const char *end_of_tag(const char *s, const char *end)
{
    for (char quote = 0; s < end; s++) {
        if (quote ? *s == quote : *s == '"' || *s == '\'') quote = quote ? 0 : *s;
        else if (*s == '>' && !quote) return s + 1;
    }
    return NULL;
}

static bool begins(const char *s, const char *end, const char *with)
{
    return (size_t)(end - s) >= strlen(with) && memcmp(s, with, strlen(with)) == 0;
}

struct xml_token xml_next(const char **xml, const char *end)
{
    const char *s = *xml, *next;
    struct xml_token token = {.start = s};
    if (s == end) return (struct xml_token){.kind = XML_FINISHED};
    if (*s != '<') {
        token.kind = XML_CHARACTERS;
        next = memchr(s, '<', (size_t)(end - s));
        if (next == NULL) next = end;
    } else if (begins(s, end, "<!--")) {
        token.kind = XML_OTHER;
        next = end_of_markup(s + strlen("<!--"), end, "-->");
    } else if (begins(s, end, "<![CDATA[")) {
        token.kind = XML_CHARACTERS;
        next = end_of_markup(s, end, "]]>");
    } else if (begins(s, end, "<?")) {
        token.kind = XML_OTHER;
        next = end_of_markup(s, end, "?>");
    } else if (begins(s, end, "<!")) {
        token.kind = XML_DOCTYPE;
        next = end; /* the text is refused here, whatever follows */
    } else {
        next = end_of_tag(s, end);
        token.kind = begins(s, end, "</") ? XML_END : next != NULL && next[-2] == '/' ? XML_EMPTY : XML_START;
    }
    if (next == NULL) {
        token.kind = XML_BROKEN;
        next = end;
    }
    token.len = (size_t)(next - s);
    *xml = next;
    return token;
}

struct xml_token xml_characters(const struct xml_token *characters)
{
    static const char open[] = "<![CDATA[", close[] = "]]>";
    struct xml_token text = *characters;
    if (begins(text.start, text.start + text.len, open)) {
        text.start += strlen(open);
        text.len -= strlen(open) + strlen(close);
    }
    return text;
}

const char *xml_refusal(const char *xml, size_t len)
{
    if (memchr(xml, '\0', len) != NULL) return "a NUL byte is no XML; is this UTF-16? Send UTF-8";
    const char *end = xml + len;
    for (int depth = 0;;) {
        switch (xml_next(&xml, end).kind) {
        case XML_START:
            if (++depth > XML_DEPTH_MAX) return "elements are nested too deeply";
            break;
        case XML_END: depth--; break;
        case XML_DOCTYPE: return "a document type declaration is refused: XML-RPC needs none, and entities can grow";
        case XML_BROKEN: /* the parser refuses it, and says where */
        case XML_FINISHED: return NULL;
        default: break;
        }
    }
}

/* Whether the text between two tags is indentation only. */
static bool blank(const struct xml_token *token)
{
    for (size_t i = 0; i < token->len; i++) {
        char c = token->start[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return false;
    }
    return true;
}

void xml_put_indented(FILE *out, const char *mark, const char *xml, size_t len)
{
    const char *end = xml + len;
    int depth = 0;
    enum xml_kind before = XML_FINISHED; /* the kind of the token printed last */
    for (struct xml_token token; (token = xml_next(&xml, end)).kind != XML_FINISHED;) {
        /* The text between a start tag and its end tag is a value: they share a line, and its blanks count. */
        bool value = token.kind == XML_CHARACTERS && before == XML_START && begins(xml, end, "</");
        if (token.kind == XML_CHARACTERS && !value && blank(&token)) continue;
        if (token.kind == XML_END && depth > 0) depth--;
        bool same_line = value || (token.kind == XML_END && (before == XML_START || before == XML_CHARACTERS));
        if (!same_line) {
            if (before != XML_FINISHED) fputc('\n', out);
            fprintf(out, "%s%*s", mark, 2 * (depth < 40 ? depth : 40), "");
        }
        demo_put_text(out, token.start, token.len, "\\");
        if (token.kind == XML_START) depth++;
        before = token.kind;
    }
    if (before != XML_FINISHED) fputc('\n', out);
}
