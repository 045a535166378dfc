/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/listen/cgroup.h"

#define ID16 "0123456789abcdef"
#define ID ID16 ID16 ID16 ID16

static void assert_cgroup(const char *text, const char *unit,
			  const char *container)
{
	char u[CGROUP_NAME], c[CGROUP_NAME];

	cgroup_parse(text, strlen(text), u, c);
	assert_string_equal(u, unit);
	assert_string_equal(c, container);
}

static void a_unit_is_told(void **state)
{
	(void)state;
	assert_cgroup("0::/system.slice/nginx.service\n", "nginx.service", "");
	assert_cgroup("0::/system.slice/system-pg.slice/pg@15.service\n",
		      "pg@15.service", "");
	assert_cgroup("12:cpu:/x.service\n1:name=systemd:/system.slice/"
		      "ssh.service\n", "ssh.service", "");
	assert_cgroup("0::/user.slice/user-0.slice/session-1.scope",
		      "session-1.scope", "");
	assert_cgroup("0::/\n", "", "");
	assert_cgroup("", "", "");
}

static void a_container_is_told(void **state)
{
	(void)state;
	assert_cgroup("0::/system.slice/docker-" ID ".scope\n",
		      "docker-" ID ".scope", ID);
	assert_cgroup("0::/docker/" ID "\n", "", ID);
	assert_cgroup("0::/kubepods.slice/kubepods-pod1.slice/"
		      "cri-containerd-" ID ".scope\n",
		      "cri-containerd-" ID ".scope", ID);
	assert_cgroup("0::/machine.slice/libpod-" ID ".scope/container\n",
		      "libpod-" ID ".scope", ID);
	assert_cgroup("0::/lxc.payload.web/system.slice/nginx.service\n",
		      "nginx.service", "web");
	assert_cgroup("0::/lxc/web\n", "", "web");
	assert_cgroup("0::/machine.slice/machine-deb.scope/payload\n",
		      "machine-deb.scope", "deb");
}

static void hostile_names_stay_within_bounds(void **state)
{
	char text[2000] = "0::/", u[CGROUP_NAME], c[CGROUP_NAME];

	(void)state;
	assert_cgroup("0::/a\x01\xff b.service\n", "a??\?b.service", "");
	assert_cgroup("0::/" ID16 ID16 ID16 "\n", "", "");
	assert_cgroup("0::/0" ID "\n", "", "");
	assert_cgroup("nonsense\n:\n::\n0:\n0::\n", "", "");
	memset(text + 4, 'a', 1000);
	strncat(text, ".service", 10);
	cgroup_parse(text, strlen(text), u, c);
	assert_string_equal(u, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unit_is_told),
		cmocka_unit_test(a_container_is_told),
		cmocka_unit_test(hostile_names_stay_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
