/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/container.h"
#include "lib/buf.h"
#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "tests/unit/folder.h"

static char top[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/container.XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return folder_remove(top);
}

static void put(const char *path, const char *text)
{
	folder_put(top, path, text);
}

static const char *at(struct containers *c, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", top, path);
	return containers_at(c, full);
}

#define CID "0123456789abcdef"

static void docker_layers_are_named(void **state)
{
	static const struct mounts none;
	struct containers *c = containers_new(&none);
	char chain[8 + HASH_HEX], path[256];
	uint8_t hash[HASH_SIZE];

	(void)state;
	put("overlay2/aaaa/diff/x", "");
	put("image/overlay2/layerdb/mounts/" CID "/mount-id", "aaaa");
	put("image/overlay2/layerdb/mounts/" CID "/init-id", "aaaa-init");
	put("containers/" CID "/config.v2.json",
	    "{\"Config\":{\"Name\":\"no\"},\"Name\":\"/web\",\"X\":1}");
	put("image/overlay2/repositories.json",
	    "{\"Repositories\":{\"nginx\":{\"nginx:1.27\":\"sha256:ee\","
	    "\"nginx@sha256:77\":\"sha256:ee\"},"
	    "\"app\":{\"app:2\":\"sha256:ff\"}}}");
	put("image/overlay2/imagedb/content/sha256/ee",
	    "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:11\","
	    "\"sha256:22\"]}}");
	put("image/overlay2/imagedb/content/sha256/ff",
	    "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:11\"]}}");
	put("image/overlay2/layerdb/sha256/11/cache-id", "bbbb");
	hash_sha256("sha256:11 sha256:22", 19, hash);
	encode_hex(hash, HASH_SIZE, chain);
	snprintf(path, sizeof(path),
		 "image/overlay2/layerdb/sha256/%s/cache-id", chain);
	put(path, "cccc");
	assert_string_equal(at(c, "overlay2/aaaa/diff"),
			    "docker container web 0123456789ab");
	assert_string_equal(at(c, "overlay2/aaaa-init/diff"),
			    "docker container web 0123456789ab");
	assert_string_equal(at(c, "overlay2/bbbb/diff"),
			    "docker image nginx:1.27, docker image app:2");
	assert_string_equal(at(c, "overlay2/cccc/diff"),
			    "docker image nginx:1.27");
	assert_string_equal(at(c, "overlay2/fedcba9876543210/diff"),
			    "docker layer fedcba987654");
	assert_null(at(c, "overlay2/aaaa/work"));
	assert_null(at(c, "overlay2/aaaa/diff/etc"));
	snprintf(path, sizeof(path), "%s/overlay2/aaaa/diff/etc/ssl", top);
	assert_string_equal(containers_above(c, path),
			    "docker container web 0123456789ab");
	assert_null(containers_above(c, "/etc/ssl"));
	containers_free(c);
}

static void layers_of_cri_o_are_told_by_its_entries(void **state)
{
	static const struct mounts none;
	struct containers *c = containers_new(&none);

	(void)state;
	put("overlay/l3/diff/x", "");
	put("overlay-containers/containers.json",
	    "[{\"id\":\"" CID "\",\"names\":[\"k8s_web\"],\"layer\":\"l3\","
	    "\"metadata\":\"{\\\"pod-name\\\":\\\"p\\\","
	    "\\\"pod-id\\\":\\\"7\\\"}\"}]");
	put("overlay-images/images.json",
	    "[{\"id\":\"i1\",\"names\":[\"quay.io/a:1\"],\"layer\":\"l2\"}]");
	put("overlay-layers/layers.json", "[{\"id\":\"l2\"}]");
	assert_string_equal(at(c, "overlay/l3/diff"),
			    "cri-o container k8s_web 0123456789ab");
	assert_string_equal(at(c, "overlay/l2/diff"),
			    "cri-o image quay.io/a:1");
	containers_free(c);
}

static void podman_layers_are_named(void **state)
{
	static const struct mounts none;
	struct containers *c = containers_new(&none);

	(void)state;
	put("overlay/l1/diff/x", "");
	put("overlay-containers/containers.json",
	    "[{\"id\":\"" CID "\",\"names\":[\"db\",\"y\"],\"layer\":\"l3\"}]");
	put("overlay-images/images.json",
	    "[{\"id\":\"i1\",\"names\":[\"quay.io/a:1\"],\"layer\":\"l2\"},"
	    "{\"id\":\"" CID "\",\"layer\":\"l1\"}]");
	put("overlay-layers/layers.json",
	    "[{\"id\":\"l1\"},{\"id\":\"l2\",\"parent\":\"l1\"},"
	    "{\"id\":\"l3\",\"parent\":\"l2\"},"
	    "{\"id\":\"a\",\"parent\":\"a\"}]");
	assert_string_equal(at(c, "overlay/l3/diff"),
			    "podman container db 0123456789ab");
	assert_string_equal(at(c, "overlay/l2/diff"),
			    "podman image quay.io/a:1");
	assert_string_equal(at(c, "overlay/l1/diff"),
			    "podman image quay.io/a:1, podman image "
			    "0123456789ab");
	containers_free(c);
}

static void containerd_snapshots_are_told_by_the_mounts(void **state)
{
	static char path[] = "/run/containerd/io.containerd.runtime.v2.task/"
			     "k8s.io/abc/rootfs";
	char options[512];
	struct mount m = {.path = path, .layers = options};
	struct mounts table = {.list = &m, .count = 1};
	struct containers *c = containers_new(&table);
	const char *s = "io.containerd.snapshotter.v1.overlayfs/snapshots";

	(void)state;
	put("io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/x", "");
	snprintf(options, sizeof(options),
		 "rw,lowerdir=%s/%s/5/fs:%s/%s/4/fs,upperdir=%s/%s/7/fs", top,
		 s, top, s, top, s);
	assert_string_equal(
		at(c, "io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs"),
		"containerd container k8s.io/abc");
	assert_string_equal(
		at(c, "io.containerd.snapshotter.v1.overlayfs/snapshots/4/fs"),
		"containerd image of k8s.io/abc");
	assert_string_equal(
		at(c, "io.containerd.snapshotter.v1.overlayfs/snapshots/9/fs"),
		"containerd layer 9");
	containers_free(c);
}

static void hostile_files_say_nothing(void **state)
{
	static const struct mounts none;
	struct containers *c = containers_new(&none);
	char link[256];

	(void)state;
	put("overlay/l1/diff/x", "");
	put("secret",
	    "[{\"id\":\"s\",\"names\":[\"secret\"],\"layer\":\"l1\"}]");
	put("overlay-containers/x", "");
	snprintf(link, sizeof(link), "%s/overlay-containers/containers.json",
		 top);
	assert_int_equal(symlink("../secret", link), 0);
	put("overlay-images/images.json", "[{\"id\":{\"id\":[[[[");
	put("overlay-layers/layers.json",
	    "[{\"id\":\"l1\",\"parent\":\"l1\"},{\"id\":\"../..\"}]");
	assert_string_equal(at(c, "overlay/l1/diff"), "podman layer l1");
	containers_free(c);
}

/* 20,000 images, each of 200 layers, which are looked for among as many: a
 * scan would stand still for minutes. */
static void what_says_too_much_is_not_read_to_its_end(void **state)
{
	static const struct mounts none;
	struct containers *c = NULL;
	struct buf layers, images;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();			/* what takes a second takes minutes there */
#endif
	c = containers_new(&none);
	buf_init(&layers, KIB(4096));
	buf_init(&images, KIB(4096));
	for (int i = 0; i < 20000; i++) {
		const char *before = i == 0 ? "[" : ",";

		buf_addf(&images, "%s{\"id\":\"i\",\"layer\":\"l19800\"}",
			 before);
		buf_addf(&layers, "%s{\"id\":\"l%d\"", before, i);
		if (i >= 19800)
			buf_addf(&layers, ",\"parent\":\"l%d\"", i + 1);
		buf_adds(&layers, "}");
	}
	buf_adds(&layers, "]");
	buf_adds(&images, "]");
	put("overlay-layers/layers.json", buf_str(&layers));
	put("overlay-images/images.json", buf_str(&images));
	put("overlay/l5/diff/x", "");
	assert_string_equal(at(c, "overlay/l5/diff"), "podman layer l5");
	buf_free(&layers);
	buf_free(&images);
	containers_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(docker_layers_are_named,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			layers_of_cri_o_are_told_by_its_entries, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(podman_layers_are_named,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			containerd_snapshots_are_told_by_the_mounts, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(hostile_files_say_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_says_too_much_is_not_read_to_its_end, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
