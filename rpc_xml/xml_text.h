/* xml_text.h - the markup of an XML text, seen from outside: enough to refuse what would hurt a parser, and to print it
 * indented. What it means is the parser's business. */
#ifndef XML_TEXT_H
#define XML_TEXT_H

#include <stddef.h>
#include <stdio.h>

enum xml_kind { XML_START, XML_END, XML_EMPTY, XML_CHARACTERS, XML_OTHER, XML_DOCTYPE, XML_BROKEN, XML_FINISHED };

struct xml_token {
    enum xml_kind kind; /* <a>, </a>, <a/>, text or CDATA, comment or <?...?>, <!...>, and markup that does not end */
    const char *start;
    size_t len;
};

enum { XML_DEPTH_MAX = 300 }; /* elements within elements: xmlrpc-c's 64 levels of arrays take 4 each */

/* The token that begins at *xml, before `end`; *xml then is where the next one begins. */
struct xml_token xml_next(const char **xml, const char *end);

/* Why a parser should not see this text, NULL when it may: no document type, hence no entities that grow; no deep nesting;
 * no encoding in which markup looks different. Whether it is well-formed is for the parser to say. */
const char *xml_refusal(const char *xml, size_t len);

/* Prints it one element a line, indented, each line after `mark`, everything unprintable escaped. */
void xml_put_indented(FILE *out, const char *mark, const char *xml, size_t len);

#endif
