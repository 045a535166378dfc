/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/pins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/file.h"

const char *pins_fault(const struct pins *p)
{
	if (p->count == 0 || p->count > LIMIT_SIGNATURES)
		return "not 1 to 16 keys";
	if (p->threshold < 1 || p->threshold > p->count)
		return "a threshold that the keys cannot reach";
	for (size_t i = 0; i < p->count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (memcmp(p->keys[i], p->keys[k], SIGNATURE_KEY) == 0)
				return "a key is there twice";
		}
	}
	return NULL;
}

static const char *take_key(struct pins *p, const char *hex)
{
	if (p->count >= LIMIT_SIGNATURES)
		return "more than 16 keys";
	if (decode_hex(hex, p->keys[p->count], SIGNATURE_KEY) < 0)
		return "a key is not 64 hex digits";
	p->count++;
	return NULL;
}

static const char *take_number(struct pins *p, const char *text)
{
	char *end = NULL;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n < 1 || n > LIMIT_SIGNATURES)
		return "threshold is not a number from 1 to 16";
	p->threshold = (uint32_t)n;
	return NULL;
}

static const char *take_line(struct pins *p, const char *line)
{
	if (strncmp(line, "agent-id: ", 10) == 0) {
		if (strlen(line + 10) >= sizeof(p->agent_id))
			return "agent-id is too long";
		snprintf(p->agent_id, sizeof(p->agent_id), "%s", line + 10);
		return NULL;
	}
	if (strncmp(line, "threshold: ", 11) == 0)
		return take_number(p, line + 11);
	if (strncmp(line, "key: ", 5) == 0)
		return take_key(p, line + 5);
	return "an unknown line";
}

static const char *parse(struct pins *p, char *text)
{
	char *rest = text, *line;
	const char *why = NULL;

	while (!why && (line = strsep(&rest, "\n"))) {
		if (*line)
			why = take_line(p, line);
	}
	return why;
}

static int read_file(const struct agent_config *config, struct pins *p,
		     const char **ret_why)
{
	const char *why = NULL;
	char path[4096];
	struct buf b;
	int r = file_path(path, sizeof(path), config->commands_dir, PINS_FILE);

	buf_init(&b, KIB(16));
	if (r == 0)
		r = file_read_secret(path, &b);
	if (r == 0) {
		buf_str(&b);
		why = b.failed || memchr(b.data, 0, b.len)
			      ? "a zero byte"
			      : parse(p, (char *)b.data);
	}
	buf_free(&b);
	if (why) {
		*ret_why = why;
		r = -EBADMSG;
	}
	return r;
}

static const char *configure(const struct agent_config *config, struct pins *p)
{
	const char *why = NULL;

	if (config->command_keys.count > 0) {
		p->count = 0;
		p->threshold = 1;
		p->configured = true;
	}
	for (size_t i = 0; i < config->command_keys.count && !why; i++)
		why = take_key(p, config->command_keys.items[i]);
	if (config->command_threshold > 0)
		p->threshold = (uint32_t)config->command_threshold;
	if (*config->command_agent_id)
		snprintf(p->agent_id, sizeof(p->agent_id), "%s",
			 config->command_agent_id);
	return why;
}

int pins_load(const struct agent_config *config, struct pins *ret,
	      const char **ret_why)
{
	struct pins p = {.threshold = 1};
	const char *why = NULL;
	int r = read_file(config, &p, ret_why);

	if (r < 0 && (r != -ENOENT || config->command_keys.count == 0))
		return r;
	why = configure(config, &p);
	if (!why && p.count == 0)
		return -ENOENT;
	if (!why)
		why = pins_fault(&p);
	if (!why && !*p.agent_id)
		why = "the agent's id is not known: set agent_id";
	if (why) {
		*ret_why = why;
		return -EBADMSG;
	}
	*ret = p;
	return 0;
}

int pins_write(const struct agent_config *config, const struct pins *p)
{
	char path[4096], hex[2 * SIGNATURE_KEY + 1];
	struct buf b;
	int r = file_make_directories(config->commands_dir, 0700);

	buf_init(&b, KIB(16));
	buf_addf(&b, "agent-id: %s\nthreshold: %u\n", p->agent_id,
		 p->threshold);
	for (size_t i = 0; i < p->count; i++) {
		encode_hex(p->keys[i], SIGNATURE_KEY, hex);
		buf_addf(&b, "key: %s\n", hex);
	}
	if (r == 0)
		r = b.failed ? -ENOMEM
			     : file_path(path, sizeof(path),
					 config->commands_dir, PINS_FILE);
	if (r == 0)
		r = file_replace(path, 0600, b.data, b.len);
	buf_free(&b);
	return r;
}
