/* SPDX-License-Identifier: Apache-2.0 */
/* Which container or image a folder of a container engine's storage belongs to:
 * layers of docker (overlay2), of containerd's overlayfs snapshotter, and of
 * containers/storage (podman, CRI-O, buildah).
 *
 * What is told: "docker container web 0123456789ab", "docker image nginx:1.27"
 * (or several, with commas), "podman image ...", "cri-o container ...",
 * "containerd container k8s.io/0123456789ab", "containerd image of
 * k8s.io/...", and where the engine's files do not tell more, "docker layer
 * 0123456789ab" and so on.  Of images in a storage that podman and CRI-O share,
 * podman's name is told. */
#ifndef CW_AGENT_WALK_CONTAINER_H
#define CW_AGENT_WALK_CONTAINER_H

#include "agent/walk/mounts.h"

struct containers;

/* ${m} is borrowed.  NULL: no memory. */
struct containers *containers_new(const struct mounts *m);
void containers_free(struct containers *c);

/* What the layer whose folder is exactly ${path} belongs to, or NULL where
 * ${path} is no layer's.  Lives as long as ${c}; any thread may ask.  The
 * engine's files are read at the first of its layers; they have to belong to
 * the owner of the storage. */
const char *containers_at(struct containers *c, const char *path);
/* The same for any path in a layer. */
const char *containers_above(struct containers *c, const char *path);

#endif
