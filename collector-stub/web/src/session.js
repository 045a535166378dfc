// SPDX-License-Identifier: Apache-2.0

import {createContext} from "preact";
import {useContext} from "preact/hooks";

const ROLES = ["viewer", "operator", "approver", "admin"];

export const roles = ROLES;
export const may = (role, needed) =>
	ROLES.indexOf(role) >= ROLES.indexOf(needed);

export const SessionContext = createContext(null);
export const useSession = () => useContext(SessionContext);

// May whoever is logged in do what needs this role?  The collector decides;
// this only leaves out what would be refused.
export function useMay(needed) {
	return may(useSession().role, needed);
}
