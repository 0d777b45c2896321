import type { ComponentChildren } from "preact";
import { ApiError } from "../core/http";
import type { Resource } from "../core/resource";
import { Button } from "./basic";
import { Icon, type IconName } from "./Icon";

/** What an empty page says: what would stand here, and how it comes. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={24} />
      <h2>{title}</h2>
      {children && <div>{children}</div>}
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry?: (() => void) | undefined }) {
  const status = error instanceof ApiError ? error.status : undefined;
  const title = status === 0 ? "No connection" : status === 403 ? "Not allowed" : status === 404 ? "Not found" : "This did not work";
  return (
    <div class="error-box" role="alert">
      <Icon name="warning" size={20} />
      <div>
        <h2>{title}</h2>
        <p>{error.message}</p>
        {retry && <Button icon="retry" onClick={retry}>Try again</Button>}
      </div>
    </div>
  );
}

export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, n) => <span key={n} class={`w${(n * 7) % 5}`} />)}
    </div>
  );
}

interface LoadProps<T> {
  of: Resource<T>;
  children: (data: T) => ComponentChildren;
  lines?: number;
}

/** A resource in each of its states. What was loaded before stays while it is loaded again. */
export function Load<T>({ of, children, lines }: LoadProps<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error && <Failed error={of.error} retry={of.reload} />}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Failed error={of.error} retry={of.reload} />;
  return of.loading ? <Skeleton {...(lines === undefined ? {} : { lines })} /> : null;
}
