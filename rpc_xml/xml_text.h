/* xml_text.h - the markup of an XML text (tags, comments, CDATA): enough to refuse what would hurt a parser, and to print it
 * indented. Whether the text is well-formed, and what it means, is left to the parser. */
#ifndef XML_TEXT_H
#define XML_TEXT_H

#include <stddef.h>
#include <stdio.h>

enum xml_kind { XML_START, XML_END, XML_EMPTY, XML_CHARACTERS, XML_OTHER, XML_DOCTYPE, XML_BROKEN, XML_FINISHED };

struct xml_token {
    enum xml_kind
        kind; /* <a>, </a>, <a/>, text or CDATA, comment or <?...?>, <!...>, markup without an end, no more */
    const char *start;
    size_t len;
};

enum { XML_DEPTH_MAX = 300 }; /* elements within elements: xmlrpc-c's 64 levels of arrays take 4 each */

/* The token that begins at *xml, before `end`; *xml moves to the next one. */
struct xml_token xml_next(const char **xml, const char *end);

/* The text of XML_CHARACTERS: that of a CDATA section is what stands between its brackets. */
struct xml_token xml_characters(const struct xml_token *characters);

/* Why a parser should not see this text: a document type, whose entities can grow; deep nesting; a NUL byte, as in encodings
 * where markup looks different. NULL when the parser may see it. */
const char *xml_refusal(const char *xml, size_t len);

/* Prints one element a line, indented, each line after `mark`, everything unprintable escaped. An http_body_printer. */
void xml_put_indented(FILE *out, const char *mark, const char *xml, size_t len);

#endif
