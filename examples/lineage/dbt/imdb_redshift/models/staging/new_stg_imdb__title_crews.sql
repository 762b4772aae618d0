select
    title_id::varchar(16) as title_id,
    director_ids::varchar(65535) as director_ids,
    writer_ids::varchar(65535) as writer_ids
from {{ source('imdb', 'stg_imdb__title_crews') }}
where director_ids is not null
   or writer_ids is not null
