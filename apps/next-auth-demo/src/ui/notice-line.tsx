export function NoticeLine({ notice }: { readonly notice: string | null }) {
  return <div role="status">{notice !== null && <p className="notice">{notice}</p>}</div>;
}
